import { deliveryInfo } from './acknowledgement.js';

const told = { deliveries: 2, sequence: 41, consumerSequence: 17, storedAt: '1763712000000000001', pending: 5 };

describe('what a delivery tells of itself', () => {
  it('is read from the short reply subject of a single server', () => {
    expect(deliveryInfo({ reply: '$JS.ACK.ROUTES.delivery-t1.2.41.17.1763712000000000001.5' })).toEqual(told);
  });

  it.each(['_', 'hub'])('is read from the long reply subject with domain %s, account hash and a random token', (domain) => {
    expect(deliveryInfo({ reply: `$JS.ACK.${domain}.ACCHASH.ROUTES.delivery-t1.2.41.17.1763712000000000001.5.abcdef` })).toEqual(told);
  });

  it('is read from the long reply subject without its random token', () => {
    expect(deliveryInfo({ reply: '$JS.ACK._.ACCHASH.ROUTES.delivery-t1.2.41.17.1763712000000000001.5' })).toEqual(told);
  });

  it.each([
    '', '_INBOX.abc.1', '$JS.ACK.ROUTES.delivery-t1.two.41.17.1.5',
    '$JS.FC.ROUTES.delivery-t1.2.41.17.1.5', '$JS.ACK.ROUTES.delivery-t1.2.41.17',
  ])('is not read from %p', (reply) => {
    expect(() => deliveryInfo({ reply })).toThrow('not a JetStream delivery');
  });
});
