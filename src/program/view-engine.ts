import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ejs from 'ejs';
import type { ViewEngine } from '../app/app-parts.ts';

type Locals = Record<string, unknown>;
type View = (locals: Locals) => string;

/**
 * EJS without what makes it slow: `with (locals)`, which no engine optimizes, and its own `include`, which each time
 * copies all locals three times and asks the disk for the file. A view says in its first line which locals it uses
 * (`const { user } = locals`); a partial gets a copy of its caller's. With `cache`, each view of `folder` is compiled
 * once, at the start; without it, each is read again for every page.
 * @throws Error with `cache` if a view does not compile
 */
export function createViewEngine({ folder, cache }: { folder: string; cache: boolean }): ViewEngine {
  const views = new Map<string, View>();

  function load(file: string): View {
    const known = views.get(file);
    if (known) return known;
    const template = compile(file, cache);
    const partials = new Map<string, View>();
    const view: View = (locals) => {
      locals['include'] = (name: string, own?: object) => {
        const partial = partials.get(name) ?? load(ejs.resolveInclude(name, file));
        partials.set(name, partial);
        return partial({ ...locals, ...own });
      };
      return template(locals);
    };
    if (cache) views.set(file, view);
    return view;
  }

  if (cache) {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    for (const file of files) if (file.endsWith('.ejs')) load(resolve(folder, file));
  }
  return (file, locals, callback) => {
    let html: string;
    try {
      html = load(file)({ ...locals });
    } catch (error) {
      return callback(error);
    }
    callback(null, html);
  };
}

/**
 * In production, templates do not count lines, which would take as long as the rest of the page: errors then name only
 * the files. We add these names, because EJS omits them there, and for a template with an unclosed tag.
 */
function compile(file: string, isProduction: boolean): View {
  // `unsafePrototypeLocals` keeps EJS from copying the locals: we have made a copy already.
  const options = { filename: file, _with: false, unsafePrototypeLocals: true, compileDebug: !isProduction };
  const named = (error: unknown) => new Error(`${file}: ${(error as Error).message}`, { cause: error });
  try {
    // In a block of its own, where our `include` hides that of EJS.
    const text = `<%{ const { include } = locals; %>${readFileSync(file, 'utf8')}<% } %>`;
    const template = ejs.compile(text, options);
    if (!isProduction) return template;
    return (locals) => {
      try {
        return template(locals);
      } catch (error) {
        throw named(error);
      }
    };
  } catch (error) {
    throw named(error);
  }
}
