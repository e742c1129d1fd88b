import { expect, it } from 'vitest';
import { customResources } from '../crds/index.ts';
import { resources } from './resources.ts';

it('resources: our kinds live where their definitions say', () => {
  const places = Object.entries(customResources).map(([name, { resource }]) => [name, resource]);
  expect(resources).toMatchObject(Object.fromEntries(places));
});
