// From the API's schemas to Python: answers become pydantic models, what is sent becomes TypedDicts.
import { type ApiDocument, referred, type Schema, schemasOf } from './schema.ts';

const keywords = new Set(['from', 'class', 'import', 'global', 'in', 'is', 'not', 'pass', 'with', 'def']);
/** What an operation answers, where the document does not name it. */
const answerNames: Readonly<Record<string, string>> = {
  get_jobs_id_results: 'ResultLine',
  get_sensors_devices_id_stream: 'StreamEvent',
};
/** Names of the forms of a union, where its members carry none. */
const formNames: Readonly<Record<string, readonly string[]>> = {
  ResultLine: ['PredictedLine', 'FailedLine', 'GeneratedLine', 'CandidateLine'],
  PredictModel: ['', 'ModelVersion'],
};

type Kind = 'model' | 'input';

/** The Python modules that hold the API's schemas, by file name. */
export function pythonModules(document: ApiDocument): Record<string, string> {
  const { bodies, answers } = schemasOf(document);
  const models = new Module(document, 'model');
  for (const { operation, schema } of answers) models.answer(schema, answerNames[operation] ?? operation);
  const inputs = new Module(document, 'input');
  for (const schema of bodies) {
    const name = referred(schema);
    const body = name === undefined ? undefined : document.components.schemas[name];
    if (name !== undefined && body) inputs.partsOf(body, name.replace(/Request$/, ''));
  }
  return {
    'models.py': `${modelsHead}${models.text()}`,
    'inputs.py': `${inputsHead}${inputs.text()}`,
  };
}

class Module {
  readonly #document: ApiDocument;
  readonly #kind: Kind;
  /** In the order of need: a class stands after those it names. */
  readonly #written = new Map<string, string>();
  /** Names of classes by what they hold: what is described in place again and again is one class. */
  readonly #byBody = new Map<string, string>();

  constructor(document: ApiDocument, kind: Kind) {
    this.#document = document;
    this.#kind = kind;
  }

  text(): string {
    return [...this.#written.values()].map((text) => `\n\n${text}`).join('');
  }

  /** Writes what an answer needs, and a name for an answer that may have several forms. */
  answer(schema: Schema, name: string): void {
    const type = this.type(schema, name);
    if ((schema.anyOf ?? schema.oneOf) === undefined) return;
    this.#written.set(name, `${name}: TypeAlias = ${type}\n`);
  }

  /** Writes what the properties of a body need; the body itself is the arguments of a method. */
  partsOf(body: Schema, name: string): void {
    for (const form of body.oneOf ?? body.anyOf ?? [body]) {
      for (const [property, schema] of Object.entries(form.properties ?? {})) {
        this.type(schema, name + pascal(property));
      }
    }
  }

  /** The Python type of a schema; classes it needs are written first. `name` is for what has no name of its own. */
  type(schema: Schema, name: string): string {
    const component = referred(schema);
    if (component !== undefined) {
      const isNullable = [this.#document.components.schemas[component]?.type ?? []].flat().includes('null');
      return this.#component(component) + (isNullable ? ' | None' : '');
    }
    const types = [schema.type ?? []].flat();
    const nullable = types.includes('null') ? ' | None' : '';
    const forms = schema.anyOf ?? schema.oneOf;
    if (forms) return this.#union(forms, name);
    if (schema.enum) return this.#literal(schema.enum) + nullable;
    const known = types.find((type) => type !== 'null');
    switch (known) {
      case 'string':
        return `str${nullable}`;
      case 'integer':
        return `int${nullable}`;
      case 'number':
        return `float${nullable}`;
      case 'boolean':
        return `bool${nullable}`;
      case 'array':
        return `list[${this.type(schema.items ?? {}, singular(name))}]${nullable}`;
      case 'object':
        return this.#object(schema, name) + nullable;
      case undefined:
        return 'object';
      default:
        throw new Error(`${name}: no Python type for ${known}`);
    }
  }

  #component(name: string): string {
    const schema = this.#document.components.schemas[name];
    if (!schema) throw new Error(`the document names ${name} and does not describe it`);
    const isClass = schema.properties !== undefined;
    if (isClass) return this.#object(schema, name, { isNamed: true });
    if (!this.#written.has(name)) {
      const type = this.type(schema, name);
      this.#written.set(name, `${name}: TypeAlias = ${type}\n${docstring(schema.description, '')}`);
    }
    return name;
  }

  #union(forms: readonly Schema[], name: string): string {
    const isNull = (form: Schema) => form.type === 'null';
    const members = forms.filter((form) => !isNull(form));
    const types = [
      ...new Set(members.map((form, at) => this.type(form, formName(form, name, at)))),
      ...(forms.some(isNull) ? ['None'] : []),
    ];
    const union = types.join(' | ');
    // The first that fits: the document names the form with the most fields first.
    const isOfModels = this.#kind === 'model' && members.length > 1;
    return isOfModels ? `Annotated[${union}, Field(union_mode="left_to_right")]` : union;
  }

  /** Answers may gain values that this version does not know. */
  #literal(values: readonly unknown[]): string {
    if (values.every((value) => value === true)) return 'bool';
    // A null among them is told by the type, as of everything that may be null.
    const named = values.filter((value) => value !== null);
    const literal = `Literal[${named.map((value) => JSON.stringify(value)).join(', ')}]`;
    return this.#kind === 'input' || values.length === 1 ? literal : `${literal} | str`;
  }

  #object(schema: Schema, name: string, { isNamed = false } = {}): string {
    const { properties, additionalProperties } = schema;
    if (!properties) {
      const values = typeof additionalProperties === 'object' ? additionalProperties : {};
      return `dict[str, ${this.type(values, `${name}Value`)}]`;
    }
    if (isNamed && this.#written.has(name)) return name;
    const required = new Set(schema.required);
    const isOptional = (property: string) => !required.has(property);
    const entries = Object.entries(properties).sort(
      ([a], [b]) => Number(isOptional(a)) - Number(isOptional(b)),
    );
    const fields = entries.map(([property, of]) =>
      this.#kind === 'model'
        ? this.#modelField(property, of, name, isOptional(property))
        : this.#inputField(property, of, name, isOptional(property)),
    );
    // A component of that name is another thing.
    if (!isNamed && this.#document.components.schemas[name] && !isTwin(this.#document, name, schema))
      return this.#object(schema, `${name}Value`);
    const twin = this.#byBody.get(fields.join(''));
    if (!isNamed && twin !== undefined) return twin;
    this.#byBody.set(fields.join(''), name);
    const base = this.#kind === 'model' ? 'Answer' : 'TypedDict';
    const body = fields.join('') || '    pass\n';
    const doc = docstring(schema.description, '    ');
    const isFunctional = this.#kind === 'input' && entries.some(([property]) => keywords.has(property));
    // A keyword cannot be a field of a class. In this form fields have no place for docstrings.
    const items = entries.map(([property, of]) => {
      const type = this.type(of, name + pascal(property));
      return `        "${property}": ${isOptional(property) ? `NotRequired[${type}]` : type},\n`;
    });
    this.#written.set(
      name,
      isFunctional
        ? `${name} = TypedDict(\n    "${name}",\n    {\n${items.join('')}    },\n)\n${docstring(schema.description, '')}`
        : `class ${name}(${base}):\n${doc}${doc ? '\n' : ''}${body}`,
    );
    return name;
  }

  #modelField(property: string, schema: Schema, parent: string, isOptional: boolean): string {
    const type = this.type(schema, parent + pascal(property));
    const whole = isOptional && !type.endsWith('| None') ? `${type} | None` : type;
    const attribute = keywords.has(property) ? `${property}_` : property;
    const value =
      attribute !== property
        ? ` = Field(${isOptional ? 'None, ' : ''}alias="${property}")`
        : isOptional
          ? ' = None'
          : '';
    return `    ${attribute}: ${whole}${value}\n${docstring(schema.description, '    ')}`;
  }

  #inputField(property: string, schema: Schema, parent: string, isOptional: boolean): string {
    const type = this.type(schema, parent + pascal(property));
    return `    ${property}: ${isOptional ? `NotRequired[${type}]` : type}\n${docstring(schema.description, '    ')}`;
  }
}

function isTwin({ components }: ApiDocument, name: string, schema: Schema): boolean {
  const own = components.schemas[name]?.properties;
  return JSON.stringify(own) === JSON.stringify(schema.properties);
}

function formName(form: Schema, union: string, at: number): string {
  const given = formNames[union]?.[at];
  if (given !== undefined) return given;
  const [type] = form.properties?.['type']?.enum ?? [];
  return typeof type === 'string' ? union.replace(/Event$/, '') + pascal(type) : `${union}${at + 1}`;
}

function pascal(name: string): string {
  return name.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function singular(name: string): string {
  return name.replace(/ies$/, 'y').replace(/([^s])s$/, '$1');
}

/** Lines of at most 100 characters, so that an editor shows them whole. */
function docstring(text: string | undefined, indent: string): string {
  if (text === undefined) return '';
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', "'");
  const lines: string[] = [];
  let line = '';
  for (const word of escaped.split(' ')) {
    if (line && line.length + 1 + word.length > 96 - indent.length) {
      lines.push(line);
      line = word;
    } else line = line ? `${line} ${word}` : word;
  }
  lines.push(line);
  const [only = ''] = lines;
  return lines.length === 1
    ? `${indent}"""${only}"""\n`
    : `${indent}"""${lines.join(`\n${indent}`)}\n${indent}"""\n`;
}

const made = 'Made from the OpenAPI document by `npm run python-models`; not to be edited.';

const modelsHead = `"""What the API answers, as pydantic models.

${made}
Fields that this version does not know are kept as extra attributes.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field


class Answer(BaseModel):
    """What every answer can do: attributes, equality, \`model_dump()\` to a dict."""

    model_config = ConfigDict(
        extra="allow", frozen=True, populate_by_name=True, protected_namespaces=()
    )
`;

const inputsHead = `"""What the methods take beyond plain values, as dicts with typed keys.

${made}
"""

from __future__ import annotations

from typing import Literal

from typing_extensions import NotRequired, TypedDict
`;
