import { io } from 'socket.io-client';

/** Prints everything that happens to a customer's events: node examples/live/watch.mjs API_KEY [ADDRESS] */
const [token, address = 'http://127.0.0.1:3001'] = process.argv.slice(2);
if (!token) {
  console.error('usage: node examples/live/watch.mjs API_KEY [ADDRESS]');
  process.exit(2);
}
const socket = io(address, { auth: { token } });
socket.on('connect', () => console.log(`watching ${address}`));
socket.on('connect_error', (error) => console.log(`not connected: ${error.message}`));
// A gateway that stops says goodbye, and the client would not try again by itself.
socket.on('disconnect', (reason) => {
  console.log(`disconnected: ${reason}`);
  if (reason === 'io server disconnect') setTimeout(() => socket.connect(), 1_000);
});
socket.onAny((name, payload) => console.log(name, JSON.stringify(payload)));
