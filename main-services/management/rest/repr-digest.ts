/** The SHA-256 in a Repr-Digest field (RFC 9530 §3), undefined where it names other algorithms only; `false`: it is not well-formed. */
export function sha256OfDigest(field: string): string | undefined | false {
  const members = field.split(',').map((member) => /^\s*([a-z0-9*_.-]+)=:([A-Za-z0-9+/]*={0,2}):\s*$/.exec(member));
  if (members.some((member) => !member)) return false;
  const base64 = members.find((member) => member?.[1] === 'sha-256')?.[2];
  if (base64 === undefined) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  return bytes.length === 32 && bytes.toString('base64') === base64 ? bytes.toString('hex') : false;
}
