import { catalogueOf, type Language, languages, withNoteLabels } from '@sillage/contracts';
import { type AppError, type Problem, toProblem } from '@sillage/kit';
import type { Request, Response } from 'express';
import { sendJsonText } from './answer.ts';

/** Page that explains the codes; `type` of every problem points into it. */
export const problemsPage = '/problems';

/** The language that Accept-Language likes best of those we have (RFC 9110, 12.5.4); English where it likes none. */
export function languageOf(request: Request): Language {
  if (request.headers['accept-language'] === undefined) return 'en';
  const liked = request.acceptsLanguages(...languages);
  return languages.find((language) => language === liked) ?? 'en';
}

/** Says in the head of an answer which language it has and that it depends on what was asked. */
export function nameLanguage(response: Response, language: Language): void {
  response.setHeader('content-language', language);
  response.vary('accept-language');
}

/** Answers 200 with JSON text that holds odour notes; other languages than English have a `label` beside each. */
export function sendNotesText(request: Request, response: Response, text: string): void {
  const language = languageOf(request);
  nameLanguage(response, language);
  sendJsonText(response, 200, language === 'en' ? text : withNoteLabels(text, language));
}

export function sendNotes(request: Request, response: Response, value: unknown): void {
  sendNotesText(request, response, JSON.stringify(value));
}

/** The problem document of a failure, its title in this language. */
export function problemOf(
  failure: AppError,
  about: { readonly url: string; readonly requestId: string; readonly language: Language },
): Problem {
  const problem = toProblem(failure, {
    instance: about.url.split('?')[0] ?? '/',
    requestId: about.requestId,
    typeBase: problemsPage,
  });
  const title = catalogueOf(about.language)?.problems[failure.code];
  return title === undefined ? problem : { ...problem, title };
}
