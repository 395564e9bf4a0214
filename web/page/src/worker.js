// Answers what the page asks, by the module of WebAssembly that it is given once.

let module;
let instance;
let files = {};

function start() {
  const imports = {page: {stop}, wasi_snapshot_preview1: {}};
  for (const {module: from, name, kind} of WebAssembly.Module.imports(module)) {
    // Of a system there is nothing here: no files, no environment.
    if (kind === "function" && !imports[from][name]) imports[from][name] = () => 8;
  }
  instance = new WebAssembly.Instance(module, imports);
  instance.exports.__wasm_call_ctors();
  put(files);
  instance.exports.keep();
}

function stop(at, size) {
  throw new Error(decoded(at, size));
}

function decoded(at, size) {
  return new TextDecoder().decode(new Uint8Array(instance.exports.memory.buffer, at, size));
}

/** Where the module looks for a text. */
function put(value) {
  const {exports} = instance;
  const text = new TextEncoder().encode(JSON.stringify(value));
  const at = exports.reserve(text.length);
  new Uint8Array(exports.memory.buffer, at, text.length).set(text);
}

/** The answer, a text of JSON: the page takes a text sooner than an object. */
function ask(request) {
  const {exports} = instance;
  put(request);
  const size = exports.ask();
  return decoded(exports.text(), size);
}

self.onmessage = async ({data}) => {
  if (data.module) {
    module = await WebAssembly.compile(data.module);
    files = data.files;
    start();
    return self.postMessage({ready: true});
  }
  try {
    self.postMessage({number: data.number, answer: ask(data.request)});
  } catch (error) {
    start();  // what stopped in the middle is not used again
    self.postMessage({number: data.number, answer: JSON.stringify({faults: [{message: error.message, fix: ""}]})});
  }
};
