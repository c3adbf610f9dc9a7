import './images.css';
import { useState, type ReactNode } from 'react';
import type { ErrorBody } from '../../../contract/errors.ts';
import type { Image } from '../../../contract/inventory.ts';
import { go, href } from '../../store/route.ts';
import { useBench, useCall } from '../../store/use-bench.ts';
import { Button } from '../../ui/button.tsx';
import { Failure } from '../../ui/failure.tsx';
import { Field } from '../../ui/field.tsx';
import { Picker } from '../../ui/picker.tsx';
import { Section } from '../../ui/section.tsx';
import { Sheet, SheetActions } from '../../ui/sheet.tsx';
import { StateMark } from '../../ui/state.tsx';
import { Ago } from '../../ui/time.tsx';
import { ImageConfigs } from './image-configs.tsx';
import { argumentWords, firmwareWords, hostsUsing, sizeWords, sourceWords, takesArguments } from './image-words.ts';

/** One image: what it is, what goes with it, who uses it. */
export function ImagePage({ name }: { name: string }) {
  const image = useBench((state) => state.images[name]);
  if (!image)
    return (
      <div className="view">
        <header className="list-head">
          <h1 className="list-title">There is no image {name}.</h1>
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
  const { name, index } = image;
  return (
    <div className="view images">
      <header className="list-head">
        <h1 className="list-title">
          <a className="go-link quiet" href={href('images')}>
            Images
          </a>{' '}
          <span className="quiet">/</span> {name}
        </h1>
        <Remove image={image} />
      </header>
      <div className="image-columns">
        <div>
          <Section id="image-found" title="What was found in it">
            <dl className="image-facts">
              <Fact title="Volume id">
                <span className="mono">{index.volumeId.trim() || 'none'}</span>
              </Fact>
              <Fact title="Size">
                {sizeWords(index.size)} <span className="quiet mono">{index.size.toLocaleString('en')} bytes</span>
              </Fact>
              <Fact title="Starts with">
                <StateMark state={index.biosBootable || index.uefiBootable ? 'ready' : 'failed'}>{firmwareWords(index)}</StateMark>
              </Fact>
              <Fact title="Arguments">
                <StateMark state={takesArguments(index) ? 'ready' : 'needs'}>{argumentWords(index)}</StateMark>
              </Fact>
              <Fact title={image.source.type === 'file' ? 'File' : 'URL'}>
                <span className="mono">{sourceWords(image)}</span>
              </Fact>
              <Fact title="Added">
                <Ago at={image.createdAt} />
              </Fact>
            </dl>
          </Section>
          <Section id="image-use" title="Use">
            <Kind image={image} />
            <Description key={image.description} image={image} />
          </Section>
        </div>
        <div>
          <ImageConfigs image={image} />
          <Users name={name} />
        </div>
      </div>
    </div>
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

const KINDS = [
  { id: 'install', label: 'Install', note: 'Once the installer is done, the host boots its own disk.' },
  { id: 'live', label: 'Live', note: 'The host runs from this image every time.' },
];

function Kind({ image: { name, kind } }: { image: Image }) {
  const call = useCall();
  const [error, setError] = useState<ErrorBody>();
  const choose = async (next: string): Promise<void> => {
    const answer = await call('image.patch', { name, patch: { kind: next } });
    setError(answer.ok ? undefined : answer.error);
  };
  return (
    <div className="image-kind">
      <span className="field-label" aria-hidden="true">
        Kind
      </span>
      <Picker label="Kind" choices={KINDS} value={kind} placeholder="choose a kind" onChoose={(next) => void choose(next)} />
      {error && <Failure error={error} />}
    </div>
  );
}

function Description({ image: { name, description } }: { image: Image }) {
  const call = useCall();
  const [text, setText] = useState(description);
  const [error, setError] = useState<ErrorBody>();
  const save = async (): Promise<void> => {
    const answer = await call('image.patch', { name, patch: { description: text } });
    setError(answer.ok ? undefined : answer.error);
  };
  return (
    <form
      className="image-description"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Field label="Description" value={text} onChange={setText} maxLength={500} placeholder="What it is for" />
      <Button type="submit" isDisabled={text === description}>
        Save description
      </Button>
      {error && <Failure error={error} />}
    </form>
  );
}

function Users({ name }: { name: string }) {
  const hosts = useBench((state) => state.hosts);
  const users = hostsUsing(hosts, name);
  return (
    <Section id="image-users" title="Hosts that use it">
      {users.length === 0 && <p className="quiet">None. Assign it on the Hosts view.</p>}
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
          It leaves the library, and no host can be assigned to it any more. A copy that Bootbench imported is deleted; a file that was
          registered where it lies stays.
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
