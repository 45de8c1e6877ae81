import DefaultTheme from 'vitepress/theme';
import MermaidDiagram from './mermaid-diagram.vue';

export default {
  extends: DefaultTheme,
  enhanceApp({ app }: { app: { component: (name: string, of: object) => unknown } }) {
    app.component('MermaidDiagram', MermaidDiagram);
  },
};
