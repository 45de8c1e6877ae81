import '@sillage/kit/heap';
import { runService } from '@sillage/kit';
import { service } from './service.ts';

await runService(service);
