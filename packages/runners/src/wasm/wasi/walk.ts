/** How a path is followed through the folders of a tree, links included. */
import { refuse } from './call.ts';
import { Directory, type Node } from './directory.ts';
import { LOOP, NOENT, NOTCAPABLE, NOTDIR } from './errno.ts';
import { Link } from './link.ts';
import { pathParts } from './paths.ts';

/** Links that one path may lead through, as Linux has it. */
const MOST_LINKS = 40;

/** Where a path leads: the folder that has the name, and what has it there. */
export interface Place {
  readonly parent: Directory;
  /** Empty where the path names a folder as "." or "..". */
  readonly name: string;
  readonly node: Node | undefined;
  /** It ends like a folder's. */
  readonly folder: boolean;
}

/** Throws `Errno` for a path that leads above `root`, through too many links, or through what is no folder. A link at its end stays. */
export function walk(root: Directory, raw: string, follow = false): Place {
  const { parts, folder } = pathParts(raw);
  const left = parts.toReversed();
  const above: Directory[] = [];
  let parent = root;
  let links = 0;
  let like = folder;
  for (let part = left.pop(); part !== undefined; part = left.pop()) {
    if (part === '.') continue;
    if (part === '..') {
      parent = above.pop() ?? refuse(NOTCAPABLE);
      continue;
    }
    const node = parent.get(part);
    const last = left.length === 0;
    if (node instanceof Link && (follow || !last)) {
      if (++links > MOST_LINKS) refuse(LOOP);
      const target = pathParts(node.target);
      like ||= last && target.folder;
      left.push(...target.parts.toReversed());
      continue;
    }
    if (last) return { parent, name: part, node, folder: like };
    above.push(parent);
    parent = node instanceof Directory ? node : refuse(node ? NOTDIR : NOENT);
  }
  return { parent, name: '', node: parent, folder: true };
}

/** The same for what is opened or looked at: a link whose path ends like a folder's is followed in any case. */
export function lookUp(root: Directory, raw: string, follow: boolean): Place {
  return walk(root, raw, follow || pathParts(raw).folder);
}
