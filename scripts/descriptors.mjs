/**
 * What generated protobuf code knows of its messages, as plain objects in the bundle. Generated code has it in protobuf's own form, which
 * each process would decode at its start, and would first have to learn how.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { fromBinary } from '@bufbuild/protobuf';
import { base64Decode } from '@bufbuild/protobuf/wire';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';

const library = fileURLToPath(new URL('../node_modules/@bufbuild/protobuf/dist/esm/', import.meta.url));
const { restoreJsonNames } = await import(`${library}codegenv2/restore-json-names.js`);

/** The library's `fileDesc`, from the decoded form on. */
const HELPER = `
import { createEmbeddedFileRegistry } from ${JSON.stringify(`${library}registry.js`)};
export function fileOf(root, imports = []) {
  root.dependency = imports.map((file) => file.proto.name);
  const find = (name) => imports.find((file) => file.proto.name === name);
  return createEmbeddedFileRegistry(root, find).getFile(root.name);
}
`;
const CALL = /fileDesc\("([\w+/=]+)"/g;

/**
 * The argument of `fileDesc` as JavaScript: `prototypes` are declarations of what messages have that set nothing else, which `expression`,
 * the message itself, refers to.
 */
export function descriptorSource(base64) {
  const root = fromBinary(FileDescriptorProtoSchema, base64Decode(base64));
  root.messageType.forEach(restoreJsonNames);
  const names = new Map();
  const plain = (value) => {
    if (Array.isArray(value)) return `[${value.map(plain).join(',')}]`;
    if (typeof value !== 'object' || value === null) return literal(value);
    const members = Object.entries(value).map(([name, member]) => `${name}:${plain(member)}`);
    const prototype = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) return `{${members.join(',')}}`;
    if (!names.has(prototype)) names.set(prototype, `prototype${names.size}`);
    return `{__proto__:${[names.get(prototype), ...members].join(',')}}`;
  };
  const expression = plain(root);
  const prototypes = [...names].map(([prototype, name]) => {
    const members = Object.entries(prototype).map(([member, value]) => `${member}:${literal(value)}`);
    return `const ${name} = {${members.join(',')}};`;
  });
  return { prototypes: prototypes.join('\n'), expression };
}

/** Nothing else is in descriptors that we have; the build fails where there is. */
function literal(value) {
  if (!['string', 'number', 'boolean'].includes(typeof value))
    throw new Error(`a descriptor has a ${typeof value}, which the bundle has no form for`);
  return JSON.stringify(value);
}

/** Generated code with `fileDesc("...")` as `fileOf({...})`: it has one, and the build fails where it has another number. */
export function withPlainDescriptors(code) {
  const [call, ...others] = code.matchAll(CALL);
  if (!call || others.length > 0)
    throw new Error(`generated code has ${call ? 'more than one descriptor' : 'no descriptor'} of a file`);
  const { prototypes, expression } = descriptorSource(call[1]);
  const changed = code.replace(call[0], () => `fileOf(${expression}`);
  return `import { fileOf } from 'gaiwan:descriptors';\n${prototypes}\n${changed}`;
}

/** For esbuild. */
export const plainDescriptors = {
  name: 'plain-descriptors',
  setup(builder) {
    builder.onResolve({ filter: /^gaiwan:descriptors$/ }, () => ({
      path: 'descriptors',
      namespace: 'plain-descriptors',
    }));
    builder.onLoad({ filter: /^/, namespace: 'plain-descriptors' }, () => ({
      contents: HELPER,
      resolveDir: library,
    }));
    builder.onLoad({ filter: /_pb\.js$/ }, ({ path }) => {
      const code = readFileSync(path, 'utf8');
      // How descriptors are described has no such form: it is what decodes them.
      if (path.endsWith('/descriptor_pb.js')) return { contents: code };
      return { contents: withPlainDescriptors(code) };
    });
  },
};
