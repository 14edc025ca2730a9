/** Preprocess against golden vectors of transformers, timm and torchvision: Tests/golden/preprocess. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { load } from "../../javascript/swiftresample.mjs";
import { readArchive } from "./npz.mjs";

test("the processors of images of other libraries", async (context) => {
  const script = fileURLToPath(new URL("preprocess_fields.py", import.meta.url));
  const python = process.env.PYTHON ?? "python3";
  const read = spawnSync(python, [script], { encoding: "utf8", maxBuffer: 1 << 26, timeout: 120e3 });
  if (read.error !== undefined) return context.skip(`SKIPPED: ${python} does not run, and reads the configurations`);
  assert.equal(read.status, 0, read.stderr);
  const sr = await load();
  const archives = {};
  const calls = JSON.parse(read.stdout);
  assert.ok(calls.length >= 100, `only ${calls.length} configurations`);
  for (const { file, name, convention, input, output, fields } of calls) {
    archives[file] ??= readArchive(new URL(`../golden/preprocess/${file}`, import.meta.url));
    const [image, expected] = [archives[file][input], archives[file][output]];
    const preprocess = new sr.Preprocess(fields);
    const { data, shape } = preprocess.run([image]);
    preprocess.destroy();
    assert.deepEqual(shape.slice(1), expected.shape, `${name}, ${convention}`);
    // As bits, in which 0 and -0 differ.
    const bits = (floats) => new Uint32Array(floats.buffer, floats.byteOffset, floats.length);
    assert.deepEqual(bits(data), bits(Float32Array.from(expected.data)), `${name}, ${convention}`);
  }
});
