export type { Column } from './column.ts';
export { columnsFor, renderTable, type TableRequest } from './table.ts';
