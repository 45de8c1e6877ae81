import { expect, test } from '@jest/globals';
import { pythonModules } from './python.ts';
import type { ApiDocument, Schema } from './schema.ts';

function documentOf(schemas: Record<string, Schema>, answer: Schema, body?: Schema): ApiDocument {
  const content = (schema: Schema) => ({ content: { 'application/json': { schema } } });
  const operation = {
    operationId: 'post_thing',
    responses: { '200': content(answer), '400': content({ type: 'string' }) },
    ...(body ? { requestBody: content(body) } : {}),
  };
  return { paths: { '/api/v1/thing': { post: operation } }, components: { schemas } };
}
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

test('answers are models: what may be absent or null may be None, new values of an enumeration are read', () => {
  const { 'models.py': models = '' } = pythonModules(
    documentOf(
      {
        Thing: {
          type: 'object',
          properties: {
            from: { type: 'string', description: 'Where "it" begins.' },
            state: { type: ['string', 'null'], enum: ['on', 'off', null] },
            part: ref('Part'),
            sizes: { type: 'object', additionalProperties: { type: ['number', 'null'] } },
            rows: { type: 'array', items: { anyOf: [ref('Part'), ref('Failed')] } },
          },
          required: ['from', 'state', 'part', 'sizes'],
        },
        Part: { type: ['object', 'null'], properties: { n: { type: 'integer' } }, required: ['n'] },
        Failed: { type: 'object', properties: { error: { type: 'string' } }, required: ['error'] },
      },
      ref('Thing'),
    ),
  );
  expect(models).toContain(`class Thing(Answer):
    from_: str = Field(alias="from")
    """Where 'it' begins."""
    state: Literal["on", "off"] | str | None
    part: Part | None
    sizes: dict[str, float | None]
`);
  expect(models).toContain(
    'rows: list[Annotated[Part | None | Failed, Field(union_mode="left_to_right")]] | None = None',
  );
  // A class stands after those it names.
  expect(models.indexOf('class Part(')).toBeLessThan(models.indexOf('class Thing('));
});

test('parts of a body are dicts with typed keys; the body itself is a method’s arguments', () => {
  const { 'inputs.py': inputs = '' } = pythonModules(
    documentOf(
      {
        ThingRequest: {
          type: 'object',
          properties: {
            filter: {
              type: 'object',
              properties: { kind: { type: 'string', enum: ['a', 'b'] }, deep: { type: 'boolean' } },
              required: ['kind'],
            },
          },
        },
      },
      { type: 'string' },
      ref('ThingRequest'),
    ),
  );
  expect(inputs).toContain(`class ThingFilter(TypedDict):
    kind: Literal["a", "b"]
    deep: NotRequired[bool]
`);
  expect(inputs).not.toContain('class ThingRequest');
});
