/** TCB Info and QE Identity (Intel PCS API v4): JSON objects signed over their exact bytes. */

import { fromHex, text, toHex, utf8Bytes } from '../bytes.ts';
import { isObject, jsonMembers } from '../json/scan.ts';
import { told } from '../json/told.ts';
import { limits } from '../limits.ts';
import { malformedAs, Refusal } from '../refusal.ts';
import { type LevelStatus, levelStatus } from './status.ts';

/** A signed object as it was served. */
export interface SignedJson {
  /** Exact bytes of the inner object: what was signed. */
  readonly signed: Uint8Array;
  readonly value: Readonly<Record<string, unknown>>;
  /** r ‖ s. */
  readonly signature: Uint8Array;
}

/** Cuts out the member `name` and its signature. Throws `Refusal` "malformed". */
export function parseSignedJson(bytes: Uint8Array, name: 'tcbInfo' | 'enclaveIdentity'): SignedJson {
  if (bytes.length > limits.collateral.value)
    throw new Refusal('malformed', `"${name}" of ${bytes.length} bytes.`);
  const served = text(bytes);
  const members = jsonMembers(served);
  const inner = members.get(name);
  const signature = members.get('signature');
  if (inner === undefined || signature === undefined || !/^"[0-9a-fA-F]{128}"$/.test(signature)) {
    throw new Refusal('malformed', `The JSON lacks "${name}" or its signature.`);
  }
  return {
    // Text of ASCII alone has its bytes at the same places.
    signed: served.length === bytes.length ? bytesAt(bytes, served, inner) : utf8Bytes(inner),
    value: parseInner(inner, name),
    signature: fromHex(signature.slice(1, -1)),
  };
}

/** The depth of the text was bounded when it was cut out. */
function parseInner(inner: string, name: string): Json {
  try {
    return asObject(JSON.parse(inner), name);
  } catch (error) {
    if (error instanceof SyntaxError) throw new Refusal('malformed', `The JSON of "${name}" is not valid.`);
    throw error;
  }
}

/** Where the inner text stands; the first place with this text is as good as any other. */
function bytesAt(bytes: Uint8Array, served: string, inner: string): Uint8Array {
  const at = served.indexOf(inner);
  return bytes.subarray(at, at + inner.length);
}

/** What TCB Info and QE Identity have alike. Times in milliseconds since 1970. */
export interface Issued {
  readonly issueDate: number;
  readonly nextUpdate: number;
  readonly evaluationNumber: number;
}

/** What any matched level contributes. */
export interface Level {
  readonly status: LevelStatus;
  /** ISO 8601. */
  readonly date: string;
  readonly advisories: readonly string[];
}

/** A level of a platform: the lowest SVNs that it asks for. */
export interface PlatformLevel extends Level {
  readonly sgx: readonly number[];
  readonly tdx: readonly number[] | undefined;
  readonly pceSvn: number;
}

/** Of an enclave or of a TDX module: a level by one SVN. */
export interface IsvLevel extends Level {
  readonly isvSvn: number;
}

/** Who signed a TDX module, and with which attributes. */
export interface ModuleIdentity {
  /** Lower-case hexadecimal, 48 and 8 bytes. */
  readonly mrSigner: string;
  readonly attributes: Uint8Array;
  readonly mask: Uint8Array;
}

/** TCB Info, read: all that is known of one kind of platform. */
export interface TcbInfo extends Issued {
  readonly tee: 'sgx' | 'tdx';
  readonly fmspc: string;
  readonly pceId: string;
  readonly levels: readonly PlatformLevel[];
  /** Of generation 0 of the module. */
  readonly module: ModuleIdentity | undefined;
  /** By id, e.g. "TDX_01". */
  readonly modules: ReadonlyMap<string, ModuleIdentity & { readonly levels: readonly IsvLevel[] }>;
}

/** QE Identity, read: the quoting enclave that quotes must come from. */
export interface QeIdentity extends Issued {
  readonly id: string;
  readonly mrSigner: string;
  readonly isvProdId: number;
  readonly miscSelect: Uint8Array;
  readonly miscSelectMask: Uint8Array;
  readonly attributes: Uint8Array;
  readonly attributesMask: Uint8Array;
  readonly levels: readonly IsvLevel[];
}

type Json = Readonly<Record<string, unknown>>;
const bad = (what: string): Refusal => new Refusal('malformed', what);

function asObject(value: unknown, name: string): Json {
  if (!isObject(value)) throw bad(`"${name}" is not an object.`);
  return value;
}

function asList(
  value: unknown,
  name: string,
  most: number = limits.collateralList.value,
): readonly unknown[] {
  if (!Array.isArray(value) || value.length > most) throw bad(`"${name}" is not a list of at most ${most}.`);
  return value;
}

function textAt(json: Json, name: string): string {
  const value = json[name];
  if (typeof value !== 'string') throw bad(`"${name}" is not a text.`);
  return value;
}

function numberAt(json: Json, name: string, most: number): number {
  const value = json[name];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 0 || value > most) {
    throw bad(`"${name}" is not a whole number up to ${most}.`);
  }
  return value;
}

function hexAt(json: Json, name: string, length: number): Uint8Array {
  const bytes = fromHex(textAt(json, name));
  if (bytes.length !== length) throw bad(`"${name}" has ${bytes.length} bytes, not ${length}.`);
  return bytes;
}

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/;

function timeAt(json: Json, name: string): number {
  const value = textAt(json, name);
  const at = ISO.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at)) throw bad(`"${name}" is not a time.`);
  return at;
}

function parseIssued(json: Json): Issued {
  return {
    issueDate: timeAt(json, 'issueDate'),
    nextUpdate: timeAt(json, 'nextUpdate'),
    evaluationNumber: numberAt(json, 'tcbEvaluationDataNumber', 0xffffffff),
  };
}

function parseLevel(json: Json): Level {
  const advisories = json['advisoryIDs'] === undefined ? [] : asList(json['advisoryIDs'], 'advisoryIDs');
  if (!advisories.every((id) => typeof id === 'string')) throw bad('An advisory is not a text.');
  return {
    status: levelStatus(json['tcbStatus']),
    // Version 1 and 2 of the API have "tcbDate" as well; it is informative.
    date: json['tcbDate'] === undefined ? '' : textAt(json, 'tcbDate'),
    advisories,
  };
}

function parseIsvLevels(value: unknown): IsvLevel[] {
  return asList(value, 'tcbLevels').map((entry) => {
    const json = asObject(entry, 'tcbLevels');
    return { ...parseLevel(json), isvSvn: numberAt(asObject(json['tcb'], 'tcb'), 'isvsvn', 0xffff) };
  });
}

function parseComponents(value: unknown, name: string): number[] {
  const svns = asList(value, name).map((entry) => numberAt(asObject(entry, name), 'svn', 255));
  if (svns.length !== 16) throw bad(`"${name}" has ${svns.length} components, not 16.`);
  return svns;
}

/** Version 2 spreads the components over members sgxtcbcomp01svn to sgxtcbcomp16svn. */
function parseFlatComponents(tcb: Json): number[] {
  return Array.from({ length: 16 }, (_, i) =>
    numberAt(tcb, `sgxtcbcomp${String(i + 1).padStart(2, '0')}svn`, 255),
  );
}

function parsePlatformLevel(value: unknown, version: number, tee: 'sgx' | 'tdx'): PlatformLevel {
  const json = asObject(value, 'tcbLevels');
  const tcb = asObject(json['tcb'], 'tcb');
  return {
    ...parseLevel(json),
    sgx:
      version === 2 ? parseFlatComponents(tcb) : parseComponents(tcb['sgxtcbcomponents'], 'sgxtcbcomponents'),
    tdx: tee === 'tdx' ? parseComponents(tcb['tdxtcbcomponents'], 'tdxtcbcomponents') : undefined,
    pceSvn: numberAt(tcb, 'pcesvn', 0xffff),
  };
}

function parseModuleIdentity(value: unknown, name: string): ModuleIdentity {
  const json = asObject(value, name);
  return {
    mrSigner: toHex(hexAt(json, 'mrsigner', 48)),
    attributes: hexAt(json, 'attributes', 8),
    mask: hexAt(json, 'attributesMask', 8),
  };
}

function parseModules(value: unknown): TcbInfo['modules'] {
  const modules = new Map<string, ModuleIdentity & { readonly levels: readonly IsvLevel[] }>();
  for (const entry of asList(value ?? [], 'tdxModuleIdentities')) {
    const json = asObject(entry, 'tdxModuleIdentities');
    const id = textAt(json, 'id').toUpperCase();
    if (modules.has(id)) throw bad(`The TDX module ${id} stands twice.`);
    modules.set(id, { ...parseModuleIdentity(json, id), levels: parseIsvLevels(json['tcbLevels']) });
  }
  return modules;
}

/** Version and id must fit: version 3 says what it is for, version 2 is for SGX only and says nothing. */
function teeOf(json: Json, version: number): 'sgx' | 'tdx' {
  if (version === 2) return 'sgx';
  const id = textAt(json, 'id');
  if (id !== 'SGX' && id !== 'TDX') throw bad(`TCB Info for ${told(id)}.`);
  return id === 'SGX' ? 'sgx' : 'tdx';
}

/** Throws `Refusal`: "tcb-info-malformed", "tcb-status-unknown". */
export function parseTcbInfo(json: Json): TcbInfo {
  return malformedAs('tcb-info-malformed', () => {
    const version = numberAt(json, 'version', 0xffff);
    if (version !== 2 && version !== 3) throw bad(`TCB Info of version ${version}; 2 and 3 are supported.`);
    if (numberAt(json, 'tcbType', 0xffff) !== 0) throw bad('TCB Info of an unknown tcbType.');
    const tee = teeOf(json, version);
    const levels = asList(json['tcbLevels'], 'tcbLevels').map((entry) =>
      parsePlatformLevel(entry, version, tee),
    );
    if (levels.length === 0) throw bad('TCB Info without TCB levels.');
    return {
      ...parseIssued(json),
      tee,
      fmspc: toHex(hexAt(json, 'fmspc', 6)),
      pceId: toHex(hexAt(json, 'pceId', 2)),
      levels,
      module: tee === 'tdx' ? parseModuleIdentity(json['tdxModule'], 'tdxModule') : undefined,
      modules: tee === 'tdx' ? parseModules(json['tdxModuleIdentities']) : new Map(),
    };
  });
}

/** Throws `Refusal`: "malformed", "tcb-status-unknown". */
export function parseQeIdentity(json: Json): QeIdentity {
  if (numberAt(json, 'version', 0xffff) !== 2) throw bad('QE Identity of another version than 2.');
  const levels = parseIsvLevels(json['tcbLevels']);
  if (levels.length === 0) throw bad('QE Identity without TCB levels.');
  return {
    ...parseIssued(json),
    id: textAt(json, 'id'),
    mrSigner: toHex(hexAt(json, 'mrsigner', 32)),
    isvProdId: numberAt(json, 'isvprodid', 0xffff),
    miscSelect: hexAt(json, 'miscselect', 4),
    miscSelectMask: hexAt(json, 'miscselectMask', 4),
    attributes: hexAt(json, 'attributes', 16),
    attributesMask: hexAt(json, 'attributesMask', 16),
    levels,
  };
}
