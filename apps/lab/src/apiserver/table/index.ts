export type { Column } from './column.ts';
export { renderTable, type TableRequest } from './table.ts';
