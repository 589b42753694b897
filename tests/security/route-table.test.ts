import express, { type Express, Router } from 'express';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type * as CreateApplication from '../../main/gateway/http/application';
import { routeTable } from '../../main/gateway/http/route-table';
import { startGateway, type TestGateway } from '../support/start-gateway';
import { listRoutes } from './list-routes';

const made: Express[] = [];
// The application of the real gateway, with all its rooms: nothing else knows every route.
vi.mock('../../main/gateway/http/application', async (importOriginal) => {
  const original = await importOriginal<typeof CreateApplication>();
  return {
    ...original,
    createApplication: (...parts: Parameters<typeof original.createApplication>) => {
      const application = original.createApplication(...parts);
      made.push(application);
      return application;
    },
  };
});

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.stop());

const written = routeTable.map(({ method, path }) => `${method.toUpperCase()} ${path}`).sort();

describe('the route table', () => {
  it('has a rule for every route that Express has, and no other', () => {
    const [application] = made;
    expect(application).toBeDefined();
    expect(listRoutes(application!)).toEqual(written);
  });

  it('has each route once', () => {
    expect(written.filter((route, index) => written.indexOf(route) !== index)).toEqual([]);
  });

  it('says what each parameter of a path names', () => {
    for (const { path, pathIds = {} } of routeTable) {
      const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name);
      expect(Object.keys(pathIds).sort()).toEqual(names.sort());
    }
  });

  it('would miss nothing: routes of routers, several paths, several methods', () => {
    const application = express();
    const router = Router();
    router.get(['/a', '/b'], (_request, response) => response.end());
    router
      .route('/c')
      .post((_request, response) => response.end())
      .delete((_request, response) => response.end());
    application.use(router);
    expect(listRoutes(application)).toEqual(['DELETE /c', 'GET /a', 'GET /b', 'POST /c']);
    application.use('/hidden', router);
    expect(() => listRoutes(application)).toThrow('mounted below a path');
  });
});
