import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { inFolder, install, run } from './trial.ts';

const COMPOSE = 'deploy/compose.yaml';
const KUBERNETES = 'deploy/kubernetes';

/** Checks compose.yaml with a linter that has the Compose specification's own schema. */
export async function tryComposeFile(): Promise<string> {
  return inFolder((folder) => {
    install(folder, 'dclint@3.1.0');
    // The disabled rule is against ports for everybody, which nginx is to have; the warnings left out are about order.
    const skipped = ['--quiet', '--disable-rule', 'no-unbound-port-interfaces'];
    run(process.execPath, [join(folder, 'node_modules/dclint/bin/dclint.cjs'), COMPOSE, ...skipped]);
    return 'the Compose specification by dclint; not by docker compose itself';
  });
}

interface Yaml {
  parse(text: string, options?: { merge: boolean }): unknown;
  parseAllDocuments(text: string): { toJS(): { apiVersion: string; kind: string } }[];
}

/** Gets a YAML parser out of `folder`, after installing it there. */
export function yamlIn(folder: string): Yaml {
  install(folder, 'yaml@2.9.1');
  return createRequire(join(resolve(folder), 'package.json'))('yaml') as Yaml;
}

/** Lets TypeScript compare the objects with the types of Kubernetes: fields unknown there are errors, too. */
export async function tryKubernetes(): Promise<string> {
  return inFolder((folder) => {
    const yaml = yamlIn(folder);
    install(folder, 'yaml@2.9.1', 'kubernetes-models@5.1.0');
    const files = readdirSync(KUBERNETES).map((name) => readFileSync(join(KUBERNETES, name), 'utf8'));
    const objects = files.flatMap((text) => yaml.parseAllDocuments(text)).map((document) => document.toJS());
    const lines = objects.map((object, n) => {
      const type = `import('kubernetes-models/${object.apiVersion}').I${object.kind}`;
      return `export const object${n}: ${type} = ${JSON.stringify(object, null, 2)};`;
    });
    writeFileSync(join(folder, 'objects.ts'), lines.join('\n'));
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2023'];
    run(process.execPath, [resolve('node_modules/typescript/bin/tsc'), ...options, 'objects.ts'], { cwd: folder });
    return `${objects.length} objects against the types of Kubernetes 1.27 by TypeScript; not in a cluster`;
  });
}
