import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { EVERY_ERROR } from './program/every-error.ts';

export const API_PAGE = join(import.meta.dirname, '..', 'docs', 'api-reference.md');
const SURFACE = join(import.meta.dirname, 'gatehouse', 'index.ts');

/** In the order in which readers need them. `apiDocs` fails if an export is missing here, or the other way round. */
const CHAPTERS: Readonly<Record<string, readonly string[]>> = {
  'Opening it': ['gatehouse', 'GatehouseOptions', 'DoorPaths', 'OnLogin', 'Login', 'Env', 'Logger'],
  'What it does': ['Door'],
  'Users and sessions': [
    'DoorSession',
    'SessionData',
    'SessionFields',
    'SessionChanges',
    'LoginData',
    'User',
    'Claims',
    'Standing',
  ],
  'Pages of your own': ['DoorPages', 'SessionsPage', 'SessionEntry'],
  Failures: ['Failure', 'TellingError', 'LoginRefused', 'ConfigError'],
  'What operators see': ['DoorEvent', 'SecurityEvent', 'Measurement', 'LogFields'],
  'Access tokens for your calls': ['AccessTokenRequest', 'AccessToken', 'HeldToken'],
  'An API that takes them': ['requireToken', 'RequireTokenOptions', 'TokenNeeds', 'TokenAuth'],
};
const NAMES = new Set(Object.values(CHAPTERS).flat());

const INTRO = `What the package exports: four values (\`gatehouse()\`, \`requireToken()\`, \`LoginRefused\`, \`ConfigError\`), and types. An error
with a code has \`code\` and \`status\`, here in brackets; \`door.errors\` answers it (docs/errors.md). \`Request\`, \`Response\` and the handlers are
those of Express. The variables: [.env.example](../.env.example). How to put it all into an app: docs/existing-app.md.`;

type Declaration = ts.FunctionDeclaration | ts.ClassDeclaration | ts.InterfaceDeclaration | ts.TypeAliasDeclaration;
type Member = ts.MethodSignature | ts.PropertySignature | ts.PropertyDeclaration;

/** Every export of the surface, with its declaration. */
export function declarations(): ReadonlyMap<string, Declaration> {
  const found = parsed(SURFACE).statements.flatMap((statement) => {
    const { moduleSpecifier: from, exportClause: names } = statement as ts.ExportDeclaration;
    if (!from || (names && !ts.isNamedExports(names))) throw new Error(`${SURFACE}: more than names of other files`);
    const { statements } = parsed(join(dirname(SURFACE), (from as ts.StringLiteral).text));
    // Without names, the statement exports all of a file.
    const all = (names?.elements ?? statements).map((one) => (one as { name?: ts.Identifier }).name);
    return all.map(({ text = '' } = {} as ts.Identifier) => {
      const its = statements.find((one) => (one as Partial<Declaration>).name?.text === text);
      if (!its) throw new Error(`${text} is not declared where ${SURFACE} says`);
      return [text, its as Declaration] as const;
    });
  });
  return new Map(found);
}

function parsed(file: string): ts.SourceFile {
  return ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
}

/** What users may read or call, or have to give; no constructor. */
export function membersOf(node: Declaration): Member[] {
  const members: ts.Node[] = ts.isClassDeclaration(node) || ts.isInterfaceDeclaration(node) ? [...node.members] : [];
  const kinds = [ts.isMethodSignature, ts.isPropertySignature, ts.isPropertyDeclaration];
  return members.filter((member): member is Member => kinds.some((isOne) => isOne(member)));
}

/** The text of the docstring of a declaration or member, and its `@throws` tags. */
export function docsOf(node: ts.Node): { readonly text: string; readonly throws: readonly string[] } {
  const texts = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const tags = ts.getJSDocTags(node).filter(({ tagName }) => tagName.text === 'throws');
  const wordsOf = ({ comment }: ts.JSDoc | ts.JSDocTag) => linked(ts.getTextOfJSDocComment(comment) ?? '');
  return { text: texts.map(wordsOf).join('\n\n'), throws: tags.map(wordsOf) };
}

/** Puts each paragraph on one line, and adds links to what it names. */
function linked(text: string): string {
  return text
    .replace(/([^\n])\n(?!\n)/g, '$1 ')
    .replace(/docs\/([\w-]+\.md)/g, '[$1]($1)')
    .replace(/\bRFC (\d+)(?: section ([\d.]*\d))?/g, (all: string, rfc: string, section?: string) => {
      return `[${all}](https://www.rfc-editor.org/rfc/rfc${rfc}${section ? `#section-${section}` : ''})`;
    })
    .replace(/`([A-Z]\w+|\w+\(\))`/g, (all, name: string) => linkedTo(all, name.replace('()', '')))
    .replace(/`?\b[A-Z]+(_[A-Z]+)+\b`?/g, (all) => {
      const code = all.replaceAll('`', '');
      return Object.hasOwn(EVERY_ERROR, code) ? `[${all}](errors.md#${code.toLowerCase()})` : all;
    });
}

function linkedTo(text: string, name = ''): string {
  return NAMES.has(name) ? `[${text}](#${name.toLowerCase()})` : text;
}

/** A type as code, with a link to the last of our own types that it names. */
function linkedType(type: string): string {
  return linkedTo(
    `\`${type}\``,
    type.match(/\b[A-Z]\w+/g)?.findLast((name) => NAMES.has(name)),
  );
}

const codeOf = (node: ts.Node | undefined) => node?.getText().replace(/\s+/g, ' ') ?? 'unknown';

function parametersOf({ parameters }: ts.SignatureDeclarationBase): string {
  const each = parameters.map(({ name, type, initializer, questionToken }) => {
    const own = ts.isIdentifier(name) ? name.text : 'options';
    return `${own}${initializer || questionToken ? '?' : ''}: ${codeOf(type)}`;
  });
  return `(${each.join(', ')})`;
}

function signaturesOf(node: Declaration): string[] {
  const name = node.name?.text ?? '';
  if (ts.isFunctionDeclaration(node)) return [`${name}${parametersOf(node)}: ${codeOf(node.type)}`];
  // What a conditional type is depends on what a host app declares: its docstring says that better.
  if (ts.isTypeAliasDeclaration(node) && ts.isConditionalTypeNode(node.type)) return [];
  if (ts.isTypeAliasDeclaration(node)) return [`type ${name} = ${codeOf(node.type)}`];
  if (ts.isInterfaceDeclaration(node)) return (node.heritageClauses ?? []).map((its) => `${name} ${codeOf(its)}`);
  return node.members.filter(ts.isConstructorDeclaration).map((made) => `new ${name}${parametersOf(made)}`);
}

function section(heading: string, signatures: readonly string[], node: ts.Node): string[] {
  const { text, throws } = docsOf(node);
  const code = signatures.map((signature) => `\`\`\`ts\n${signature}\n\`\`\``);
  const thrown = throws.length > 0 ? [`Throws:`, throws.map((one) => `- ${one}`).join('\n')] : [];
  return [heading, ...code, text, ...thrown].filter(Boolean);
}

function memberSection(member: Member): string[] {
  const name = `door.${codeOf(member.name)}`;
  if (!ts.isMethodSignature(member)) return section(`#### ${name}`, [`${name}: ${codeOf(member.type)}`], member);
  const called = `${name}(${member.parameters.map((one) => codeOf(one.name)).join(', ')})`;
  return section(`#### ${called}`, [`${name}${parametersOf(member)}: ${codeOf(member.type)}`], member);
}

function memberLine(member: Member): string {
  const { text, throws } = docsOf(member);
  const name = `**\`${codeOf(member.name)}${member.questionToken ? '?' : ''}\`**`;
  const type = linkedType(`${ts.isMethodSignature(member) ? `${parametersOf(member)} => ` : ''}${codeOf(member.type)}`);
  return [`- ${[name, type, text].filter(Boolean).join(' · ')}`, ...throws.map((one) => `  - Throws ${one}`)].join(
    '\n',
  );
}

/** docs/api-reference.md, made from the docstrings of the surface. */
export function apiDocs(): string {
  const found = declarations();
  for (const name of found.keys()) if (!NAMES.has(name)) throw new Error(`${name} has no chapter`);
  const sectionsOf = (name: string): string[] => {
    const node = found.get(name);
    if (!node) throw new Error(`${name} has a chapter, but is not exported`);
    const members = membersOf(node);
    // Each member of the door has a heading of its own, so that others can link to it.
    const about = name === 'Door' ? members.flatMap(memberSection) : [members.map(memberLine).join('\n')];
    return [...section(`### ${name}`, signaturesOf(node), node), ...about].filter(Boolean);
  };
  const chapters = Object.entries(CHAPTERS).flatMap(([title, names]) => [`## ${title}`, ...names.flatMap(sectionsOf)]);
  const note = '<!-- Made by `npm run docs` from the docstrings of what src/gatehouse/index.ts exports. -->';
  return `${[note, '# API reference', linked(INTRO), ...chapters].join('\n\n')}\n`;
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(API_PAGE, apiDocs());
}
