import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { eventStream } from "../src/wire/stream.ts";

test("events are whole wherever the network cuts them", () => {
  const line = fc.string().filter((text) => !/[\r\n]/.test(text));
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(20)), fc.constantFrom("\n", "\r\n"), (lines, cuts, end) => {
      const wire = lines.map((data, at) => `id: ${at}${end}data: ${data}${end}${end}`).join("");
      const heard: string[] = [];
      const feed = eventStream((data) => heard.push(data));

      let from = 0;
      for (const cut of cuts) {
        feed(wire.slice(from, from + cut));
        from += cut;
      }
      feed(wire.slice(from));

      assert.deepEqual(heard, lines);
    }),
  );
});

test("comments keep the line warm and say nothing", () => {
  const heard: string[] = [];

  eventStream((data) => heard.push(data))(": keep-alive\n\ndata: a\ndata: b\n\n");

  assert.deepEqual(heard, ["a\nb"]);
});
