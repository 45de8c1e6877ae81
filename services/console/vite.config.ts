import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Where `npm start` serves the API, for `pnpm --filter @sillage/console dev`. */
const api = process.env['SILLAGE_URL'] ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [react()],
  build: {
    target: ['chrome123', 'firefox125', 'safari17.5'],
    // Inlined files would be data: addresses, which the policy forbids for all but images.
    assetsInlineLimit: 0,
    // The sketcher alone is larger; it is loaded when it is asked for.
    chunkSizeWarningLimit: 4000,
    modulePreload: { polyfill: false },
  },
  server: { proxy: Object.fromEntries(['/api', '/docs', '/openapi.json'].map((path) => [path, api])) },
});
