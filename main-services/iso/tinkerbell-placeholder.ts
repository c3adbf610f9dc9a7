/**
 * The fixed text that HookOS builds put on the kernel line, to be overwritten with the real arguments while the ISO is read.
 * Source: tinkerbell/tinkerbell smee/smee.go and tinkerbell/hook linuxkit-templates/hook.template.yaml; hook#244 says why 1024.
 */
export const TINKERBELL_PLACEHOLDER = [
  '464vn90e7rbj08xbwdjejmdf4it17c5zfzjyfhthbh19eij201hjgit021bmpdb9ctrc87x2ymc8e7icu4ffi15x1hah9iyaiz38ckyap8hwx2vt5rm44ixv4hau8iw7',
  '18q5yd019um5dt2xpqqa2rjtdypzr5v1gun8un110hhwp8cex7pqrh2ivh0ynpm4zkkwc8wcn367zyethzy7q8hzudyeyzx3cgmxqbkh825gcak7kxzjbgjajwizryv7',
  'ec1xm2h0hh7pz29qmvtgfjj1vphpgq1zcbiiehv52wrjy9yq473d9t1rvryy6929nk435hfx55du3ih05kn5tju3vijreru1p6knc988d4gfdz28eragvryq5x8aibe5',
  'trxd0t6t7jwxkde34v6pj1khmp50k6qqj3nzgcfzabtgqkmeqhdedbvwf3byfdma4nkv3rcxugaj2d0ru30pa2fqadjqrtjnv8bu52xzxv7irbhyvygygxu1nt5z4fh9',
  'w1vwbdcmagep26d298zknykf2e88kumt59ab7nq79d8amnhhvbexgh48e8qc61vq2e9qkihzt1twk1ijfgw70nwizai15iqyted2dt9gfmf2gg7amzufre79hwqkddc1',
  'cd935ywacnkrnak6r7xzcz7zbmq3kt04u2hg1iuupid8rt4nyrju51e6uejb2ruu36g9aibmz3hnmvazptu8x5tyxk820g2cdpxjdij766bt2n3djur7v623a2v44juy',
  'fgz80ekgfb9hkibpxh3zgknw8a34t4jifhf116x15cei9hwch0fye3xyq0acuym8uhitu5evc4rag3ui0fny3qg4kju7zkfyy8hwh537urd5uixkzwu5bdvafz4jmv7i',
  'mypj543xg5em8jk8cgk7c4504xdd5e4e71ihaumt6u5u2t1w7um92fepzae8p0vq93wdrd1756npu1pziiur1payc7kmdwyxg3hj5n4phxbc29x0tcddamjrwt260b0w',
].join('');

/** Characters, all of them one byte. */
export const PLACEHOLDER_LENGTH = 1024;

/**
 * A file with the line wherever the placeholder stands, and nothing to pad it: in a file that may grow, its length is no limit.
 * The line's text is UTF-8; everything else stays byte for byte.
 */
export function replacePlaceholder(bytes: Uint8Array, line: string): Buffer {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Buffer[] = [];
  let from = 0;
  for (let at = file.indexOf(TINKERBELL_PLACEHOLDER, 0, 'latin1'); at >= 0; at = file.indexOf(TINKERBELL_PLACEHOLDER, from, 'latin1')) {
    parts.push(file.subarray(from, at), Buffer.from(line, 'utf8'));
    from = at + PLACEHOLDER_LENGTH;
  }
  return Buffer.concat([...parts, file.subarray(from)]);
}
