'use strict';
// tests/sdk/socket.js: a WebSocket client (RFC 6455) of a few lines, as Node.js has one only from 22 on: text frames both ways, in one piece each.
const crypto = require('crypto');
const http = require('http');

// The text frames in `bytes`, handed to `heard`; returns what is left over.
function readFrames(bytes, heard) {
	while (bytes.length >= 2) {
		let length = bytes[1] & 0x7f, at = 2;

		if (length === 126 && bytes.length >= 4)
			[length, at] = [bytes.readUInt16BE(2), 4];
		else if (length === 127 && bytes.length >= 10)
			[length, at] = [Number(bytes.readBigUInt64BE(2)), 10];
		else if (length >= 126)
			return bytes;
		if (bytes.length < at + length)
			return bytes;
		if ((bytes[0] & 0x0f) === 1)
			heard(bytes.subarray(at, at + length).toString('utf8'));
		bytes = bytes.subarray(at + length);
	}
	return bytes;
}

function frame(text) {
	const payload = Buffer.from(text, 'utf8'), mask = crypto.randomBytes(4);

	if (payload.length > 125)
		throw new Error('longer than this client sends');
	return Buffer.concat([Buffer.from([0x81, 0x80 | payload.length]), mask, payload.map((byte, i) => byte ^ mask[i % 4])]);
}

function connect(uri, heard) {
	return new Promise((done, failed) => {
		const request = http.request(uri.replace(/^ws/, 'http'), {
			headers: { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13', 'sec-websocket-key': crypto.randomBytes(16).toString('base64') },
		});

		request.on('error', failed);
		request.on('response', (response) => failed(new Error(`${uri} was answered ${response.statusCode}`)));
		request.on('upgrade', (response, socket, head) => {
			let left = readFrames(head, heard);

			socket.on('data', (bytes) => {
				left = readFrames(Buffer.concat([left, bytes]), heard);
			});
			socket.on('error', () => {});
			done({ send: (text) => socket.write(frame(text)), close: () => socket.destroy() });
		});
		request.end();
	});
}

module.exports = { connect };
