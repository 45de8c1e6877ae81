import type { RepositoryProblem } from './manifest.ts';
import { RepositoryError } from './model-version.ts';
import type { Scanned } from './scan.ts';

/** What MODELS may hold: a name, or one version of it. */
export const selectionPattern = /^[A-Za-z0-9][\w.-]{0,99}(@[1-9]\d{0,8})?$/;

/** `name` and `name@version` of the models that this server loads; none: all. */
export type Selection = readonly string[];

/** Whether a model belongs to it; without a version, whether any of its versions does. */
export function isSelected(selection: Selection, name: string, version: string): boolean {
  if (selection.length === 0) return true;
  return selection.some((entry) => {
    const [chosen, chosenVersion] = entry.split('@');
    return chosen === name && (chosenVersion === undefined || version === '' || chosenVersion === version);
  });
}

/** What of the repository belongs to it. */
export function onlySelected(found: Scanned, selection: Selection): Scanned {
  return {
    models: found.models.filter(({ manifest }) => isSelected(selection, manifest.name, manifest.version)),
    tensorModels: found.tensorModels.filter(({ name, version }) => isSelected(selection, name, version)),
    broken: found.broken.filter(({ name, version }) => isSelected(selection, name, version)),
    notes: found.notes,
  };
}

/**
 * The models that a server is to load. @throws RepositoryError for a name that the repository has not, and for a
 * generator without a model that scores what it draws: both belong on the same server.
 */
export function selectModels(found: Scanned, selection: Selection): Scanned {
  if (selection.length === 0) return found;
  const problems = selection.flatMap((entry) => unknownProblem(found, entry));
  const selected = onlySelected(found, selection);
  const generator = selected.models.find(({ manifest }) => manifest.task === 'molecule-generation');
  const odour = [...new Set(found.models.filter(isOdour).map(({ manifest }) => manifest.name))];
  if (generator && !selected.models.some(isOdour) && odour.length > 0) {
    problems.push(
      problem(
        `${generator.manifest.name} needs a model for odour-notes beside it: add ${odour.join(' or ')}`,
      ),
    );
  }
  if (problems.length > 0) throw new RepositoryError(problems);
  return selected;
}

/** Of the names of DEFAULT_MODELS those that concern this server: what another server loads is none of its defaults. */
export function defaultsHere(defaults: readonly string[], found: Scanned, selected: Scanned): string[] {
  return defaults.filter((name) => namesOf(selected).has(name) || !namesOf(found).has(name));
}

function unknownProblem(found: Scanned, entry: string): RepositoryProblem[] {
  const [name = '', version] = entry.split('@');
  if (!namesOf(found).has(name)) {
    return [problem(`no model ${name}; there are: ${[...namesOf(found)].sort().join(', ')}`)];
  }
  const versions = versionsOf(found, name);
  if (version === undefined || versions.includes(version)) return [];
  return [problem(`no version ${version} of model ${name}; there are: ${versions.join(', ')}`)];
}

function problem(detail: string): RepositoryProblem {
  return { file: 'MODELS', field: '(names)', detail };
}

function isOdour({ manifest }: Scanned['models'][number]): boolean {
  return manifest.task === 'odour-notes';
}

function all(found: Scanned): { name: string; version: string }[] {
  return [...found.models.map(({ manifest }) => manifest), ...found.tensorModels, ...found.broken];
}

function namesOf(found: Scanned): Set<string> {
  return new Set(all(found).map(({ name }) => name));
}

function versionsOf(found: Scanned, name: string): string[] {
  const versions = all(found).flatMap((model) => (model.name === name ? model.version : []));
  return [...new Set(versions)].filter(Boolean).sort((a, b) => Number(b) - Number(a));
}
