"""Reads and writes ISOs with pycdlib: one JSON request per line on stdin, one JSON answer per line on stdout."""
import hashlib
import io
import json
import signal
import sys

import pycdlib
from pycdlib import inode as pyinode

SECONDS = 10
MOST_ENTRIES = 5000
SMALL = 256 * 1024


class Late(Exception):
    """The request took longer than SECONDS."""


def late(_signal, _frame):
    raise Late(f'no answer within {SECONDS} s')


def content_hash(iso, record):
    if record.inode is None or record.get_data_length() > SMALL:
        return None
    with pyinode.InodeOpenData(record.inode, iso.logical_block_size) as (fp, length):
        return hashlib.sha256(fp.read(length)).hexdigest()


def record_fact(iso, record, path, kind):
    fact = {'path': path, 'kind': kind}
    if kind == 'file':
        fact['size'] = record.get_data_length()
        if fact['size'] > 0:
            fact['at'] = record.extent_location()
            fact['sha256'] = content_hash(iso, record)
    return fact


def plain_name(record, encoding):
    return record.file_identifier().decode(encoding, 'replace')


def walk_records(iso, root, encoding):
    """The records as written; no Rock Ridge."""
    found = []
    queue = [('', root)]
    seen = set()
    while queue and len(found) < MOST_ENTRIES:
        prefix, folder = queue.pop(0)
        for record in folder.children:
            if record.is_dot() or record.is_dotdot():
                continue
            path = prefix + plain_name(record, encoding)
            found.append(record_fact(iso, record, path, 'folder' if record.is_dir() else 'file'))
            if record.is_dir() and id(record) not in seen:
                seen.add(id(record))
                queue.append((path + '/', record))
    return found


def walk_rock_ridge(iso, root):
    found = []
    queue = [('', root)]
    while queue and len(found) < MOST_ENTRIES:
        prefix, folder = queue.pop(0)
        for record in folder.children:
            if record.is_dot() or record.is_dotdot():
                continue
            rr = record.rock_ridge
            if rr is None:
                name, target, moved = plain_name(record, 'latin-1'), None, None
            else:
                if rr.relocated_record():
                    continue
                name = (rr.name() or record.file_identifier()).decode('utf-8', 'replace')
                target = rr.symlink_path().decode('utf-8', 'replace') if rr.is_symlink() else None
                moved = rr.cl_to_moved_dr if rr.child_link_record_exists() else None
            path = prefix + name
            kind = 'link' if target is not None else 'folder' if record.is_dir() or moved else 'file'
            fact = record_fact(iso, record, path, kind)
            if target is not None:
                fact['target'] = target
            found.append(fact)
            if kind == 'folder':
                queue.append((path + '/', moved or record))
    return found


def walk_udf(iso):
    found = []
    queue = [('', iso.udf_root)]
    while queue and len(found) < MOST_ENTRIES:
        prefix, folder = queue.pop(0)
        for ident in folder.fi_descs:
            if ident.is_parent():
                continue
            entry = ident.file_entry
            path = prefix + ident.fi.decode(ident.encoding or 'latin-1', 'replace')
            if entry is None:
                continue
            kind = 'folder' if entry.is_dir() else 'link' if entry.is_symlink() else 'file'
            fact = {'path': path, 'kind': kind}
            if kind == 'file':
                fact['size'] = entry.get_data_length()
                if fact['size'] > 0:
                    fact['sha256'] = content_hash(iso, entry)
            found.append(fact)
            if kind == 'folder':
                queue.append((path + '/', entry))
    return found


def read(request):
    iso = pycdlib.PyCdlib()
    iso.open(request['path'])
    try:
        root = iso.pvd.root_directory_record()
        trees = {'plain': walk_records(iso, root, 'latin-1')}
        if iso.has_rock_ridge():
            trees['rock-ridge'] = walk_rock_ridge(iso, root)
        if iso.has_joliet():
            trees['joliet'] = walk_records(iso, iso.joliet_vd.root_directory_record(), 'utf-16-be')
        if iso.has_udf():
            trees['udf'] = walk_udf(iso)
        return {'trees': trees}
    finally:
        iso.close()


def make(request):
    """An ISO of a list of entries; each has its path in every tree that it is in."""
    iso = pycdlib.PyCdlib()
    iso.new(**request['options'])
    for entry in request['entries']:
        where = {key: entry[key] for key in ('iso_path', 'rr_name', 'joliet_path', 'udf_path') if key in entry}
        if entry['kind'] == 'folder':
            iso.add_directory(**where)
        elif entry['kind'] == 'link':
            iso.add_symlink(symlink_path=where['iso_path'], rr_symlink_name=where['rr_name'], rr_path=entry['target'])
        else:
            content = bytes.fromhex(entry['content'])
            iso.add_fp(io.BytesIO(content), len(content), **where)
    for hard in request.get('hard', []):
        iso.add_hard_link(**hard)
    if 'boot' in request:
        iso.add_eltorito(**request['boot'])
    iso.write(request['path'])
    iso.close()
    return {}


def answer(line):
    request = json.loads(line)
    signal.alarm(SECONDS)
    try:
        return read(request) if request['do'] == 'read' else make(request)
    except Exception as error:  # pylint: disable=broad-except
        return {'error': f'{type(error).__name__}: {error}'[:300]}
    finally:
        signal.alarm(0)


signal.signal(signal.SIGALRM, late)
for text in sys.stdin:
    print(json.dumps(answer(text)), flush=True)
