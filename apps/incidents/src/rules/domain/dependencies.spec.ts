import { circleThrough, type Dependent } from './dependencies.js';

const service = (id: string, ...dependsOn: string[]): Dependent => ({ id, name: id.toUpperCase(), dependsOn });

describe('a circle of services', () => {
  const services = [service('web', 'api'), service('api', 'db', 'cache'), service('db'), service('cache', 'gone'), service('shop', 'web', 'db')];

  it('is none where nothing leads back, whatever is shared or was deleted', () => {
    expect(circleThrough('db', [], services)).toBeNull();
    expect(circleThrough('shop', ['web', 'db', 'gone'], services)).toBeNull();
  });

  it('is told by the shortest way round, and one that depends on itself is one', () => {
    expect(circleThrough('db', ['shop', 'web'], services)).toEqual(['DB', 'SHOP', 'DB']);
    expect(circleThrough('cache', ['web'], services)).toEqual(['CACHE', 'WEB', 'API', 'CACHE']);
    expect(circleThrough('web', ['web'], services)).toEqual(['WEB', 'WEB']);
  });

  it('that is there already and does not go through the service ends the search', () => {
    expect(circleThrough('a', ['b'], [service('b', 'c'), service('c', 'b'), service('a')])).toBeNull();
  });
});
