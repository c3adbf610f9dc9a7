import './images.css';
import { useState, type ReactNode } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { Image } from '../../../contract/inventory.ts';
import { imageTargetName } from '../../../contract/iscsi.ts';
import type { ImageDescription } from '../../../contract/views.ts';
import { formatBytes, formatExactBytes } from '../../format/bytes.ts';
import { hostsUsing } from '../../model/hosts.ts';
import { go, href } from '../../store/route.ts';
import { useAppStore, useCall } from '../../store/use-store.ts';
import { Button } from '../../ui/button.tsx';
import { CopyLine } from '../../ui/copy-line.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Section } from '../../ui/section.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { StateMark } from '../../ui/state.tsx';
import { Ago } from '../../ui/time.tsx';
import { Coverage } from './coverage-table.tsx';
import { ImageConfigs } from './image-configs.tsx';
import { ConfigFormats, useDescription, WhatWorks } from './image-describe.tsx';
import { ImageList } from './image-list.tsx';
import { ImageUse } from './image-use.tsx';
import { argumentSupport, firmwareSupport, IMAGE_TARGET, sourceOf, takesArguments, titleOf } from './labels.ts';

/** All images, or the one that is named. */
export function ImagesView({ name }: { name?: string }) {
  return name === undefined ? <ImageList /> : <ImagePage key={name} name={name} />;
}

/** One image: what it is, which configs it lists, which hosts use it. */
function ImagePage({ name }: { name: string }) {
  const image = useAppStore((state) => state.images[name]);
  if (!image)
    return (
      <div className="view">
        <header className="list-head">
          <h1 className="list-title">Image {name} not found</h1>
        </header>
        <p>
          <a className="go-link" href={href('images')}>
            Show all images
          </a>
        </p>
      </div>
    );
  return <Opened image={image} />;
}

function Opened({ image }: { image: Image }) {
  const described = useDescription(image);
  return (
    <div className="view images">
      <header className="list-head">
        <h1 className="list-title">
          <a className="go-link quiet" href={href('images')}>
            Images
          </a>{' '}
          <span className="quiet">/</span> {image.name}
        </h1>
        <Remove image={image} />
      </header>
      <div className="image-columns">
        <div>
          <Found image={image} described={described.value} />
          <Coverage described={described.value} />
          <WhatWorks described={described} />
          <ImageUse image={image} />
        </div>
        <div>
          <ImageConfigs image={image} />
          <ConfigFormats described={described} />
          <Users name={image.name} />
        </div>
      </div>
    </div>
  );
}

function Found({ image, described }: { image: Image; described: ImageDescription | undefined }) {
  const { index } = image;
  return (
    <Section id="image-found" title="Contents">
      <p className="image-what">{titleOf(index) ?? described?.title ?? image.name}</p>
      <p className="quiet">
        {described?.profile === 'unknown' && 'Bootbench does not know this system. '}
        {described ? described.found.join(' ') : `Starts on ${firmwareSupport(index)}.`}
      </p>
      <dl className="image-facts">
        <Fact title="Volume id">
          <span className="mono">{index.volumeId.trim() || 'none'}</span>
        </Fact>
        <Fact title="Size">
          {formatBytes(index.size)} <span className="quiet mono">{formatExactBytes(index.size)}</span>
        </Fact>
        {!takesArguments(index) && (
          <Fact title="Arguments">
            <StateMark state="needs">{argumentSupport(index)}</StateMark>
          </Fact>
        )}
        <Fact title="Checksum">
          <Checksum image={image} />
        </Fact>
        <Fact title={image.source.type === 'file' ? 'File' : 'URL'}>
          <span className="mono">{sourceOf(image)}</span>
        </Fact>
        <Fact title="iSCSI target">
          <CopyLine text={imageTargetName(image.name)} />
          <span className="quiet small">{IMAGE_TARGET}</span>
        </Fact>
        <Fact title="Added">
          <Ago at={image.createdAt} />
        </Fact>
      </dl>
    </Section>
  );
}

/** Whether its bytes are what somebody else says they are. */
function Checksum({ image: { sha256, verifiedBy, source } }: { image: Image }) {
  if (sha256 === undefined)
    return (
      <StateMark state="off">
        {source.type === 'url' ? 'not computed: the ISO stays on its server' : 'not computed: the ISO stays where it is'}
      </StateMark>
    );
  return (
    <>
      {verifiedBy === undefined ? (
        <StateMark state="off">not verified: no checksum file next to it</StateMark>
      ) : (
        <StateMark state="ready">verified against {verifiedBy}</StateMark>
      )}
      <span className="mono small quiet image-sha">{sha256}</span>
    </>
  );
}

function Fact({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="image-fact">
      <dt className="quiet">{title}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Users({ name }: { name: string }) {
  const hosts = useAppStore((state) => state.hosts);
  const users = hostsUsing(hosts, 'image', name);
  return (
    <Section id="image-users" title="Hosts that use it">
      {users.length === 0 && <p className="quiet">None. Assign it on the Hosts page.</p>}
      <ul>
        {users.map((host) => (
          <li key={host} className="plain-row">
            <a className="go-link" href={href('hosts', host)}>
              {host}
            </a>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Remove({ image }: { image: Image }) {
  const { name } = image;
  const call = useCall();
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState<ErrorBody>();
  const close = (): void => {
    setAsking(false);
    setError(undefined);
  };
  const remove = async (): Promise<void> => {
    const answer = await call('image.remove', { name });
    if (answer.ok) go('images');
    else setError(answer.error);
  };
  return (
    <>
      <Button onPress={() => setAsking(true)}>Remove image</Button>
      <Sheet title={`Remove ${name}?`} isOpen={asking} onClose={close}>
        <p>
          It is removed from the library and can no longer be assigned. A copy that Bootbench imported is deleted; a file that was
          registered in place is not.
        </p>
        {error && <Failure error={error} />}
        <SheetActions>
          <Button onPress={close} autoFocus>
            Keep it
          </Button>
          <Button main onPress={() => void remove()}>
            Remove {name}
          </Button>
        </SheetActions>
      </Sheet>
    </>
  );
}
