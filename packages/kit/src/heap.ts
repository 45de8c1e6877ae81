import { setFlagsFromString } from 'node:v8';

/**
 * Imported before all else. V8 lets a heap grow to four times what lives in it before it collects, because the machine
 * has room. What is made for a request is dead when it is answered: half as much again is enough, and inference
 * keeps over 100 MB less.
 */
setFlagsFromString('--heap-growing-percent=50');
