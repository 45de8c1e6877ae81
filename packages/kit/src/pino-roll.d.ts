declare module 'pino-roll' {
  import type { SonicBoom } from 'sonic-boom';

  /** The options used here; pino-roll brings no types of its own. */
  interface RollOptions {
    file: string;
    frequency: 'daily' | 'hourly' | number;
    size: string;
    limit: { count: number };
    mkdir: boolean;
    minLength: number;
    periodicFlush: number;
  }
  export default function build(options: RollOptions): Promise<SonicBoom>;
}
