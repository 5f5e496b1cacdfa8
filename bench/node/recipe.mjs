// What the recipes for Express and Fastify have in common.
import { createHmac, timingSafeEqual } from 'node:crypto';

const secret = process.env.SECRET;
const seen = new Map();

// receive takes the headers and the raw body, and returns the status and answer.
export function receive(headers, body) {
  const timestamp = headers['x-linktree-timestamp'];
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= 300)) {
    return [403, { error: 'Invalid signature' }];
  }
  const want = createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest();
  const got = Buffer.from(headers['x-linktree-signature'] ?? '', 'hex');
  if (got.length !== want.length || !timingSafeEqual(got, want)) {
    return [403, { error: 'Invalid signature' }];
  }
  const id = headers['x-linktree-delivery-id'];
  if (seen.has(id)) {
    return [200, { duplicate: true }];
  }
  seen.set(id, Date.now());
  const event = JSON.parse(body);
  if (event.type === 'link.created' && event.data.position !== 1) {
    return [500, { error: 'Not what was sent' }];
  }
  return [200, { received: true }];
}
