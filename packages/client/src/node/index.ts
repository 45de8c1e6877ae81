export { type SaveResultsOptions, saveResults } from './save-results.ts';
