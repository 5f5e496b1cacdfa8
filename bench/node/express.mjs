import express from 'express';
import { receive } from './recipe.mjs';

const app = express();
app.post('/webhooks/linktree', express.raw({ type: 'application/json', limit: '1mb' }), (req, res) => {
  const [status, answer] = receive(req.headers, req.body);
  res.status(status).json(answer);
});
const server = app.listen(0, '127.0.0.1', () => {
  console.log(`127.0.0.1:${server.address().port}`);
});
