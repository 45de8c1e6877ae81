export { Button } from './button.tsx';
export { type Choice, NumberField, Segments, Select, Slider, Switch, TextField } from './fields.tsx';
export { Badge, Card, PageHead } from './layout.tsx';
export { ConfirmDialog, Dialog } from './overlays.tsx';
export { EmptyState, Notice, ProblemNotice, ProgressBar, Skeleton, Spinner } from './states.tsx';
