import fastify from 'fastify';
import { receive } from './recipe.mjs';

const app = fastify();
app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (req, body, done) => done(null, body));
app.post('/webhooks/linktree', (req, reply) => {
  const [status, answer] = receive(req.headers, req.body);
  reply.code(status).send(answer);
});
await app.listen({ port: 0, host: '127.0.0.1' });
console.log(`127.0.0.1:${app.server.address().port}`);
