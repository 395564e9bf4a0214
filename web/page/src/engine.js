// The module in a worker, of which only the newest question of a kind waits.

/** Bytes of a text of base64, inflated. */
export async function unpacked(text) {
  const packed = Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export class Engine {
  /** @param {string} source of the worker */
  constructor(source) {
    this.waiting = new Map();
    this.busy = null;
    this.number = 0;
    this.worker = new Worker(URL.createObjectURL(new Blob([source], {type: "text/javascript"})));
    this.ready = new Promise((resolve) => {
      this.worker.onmessage = ({data}) => (data.ready ? resolve() : this.take(data));
    });
  }

  /** The module, before which nothing is asked, and the files that the scenario names. */
  give(module, files) {
    this.worker.postMessage({module, files});
  }

  /** The answer, or nothing where a newer question of the kind came before it was asked. */
  async ask(kind, request) {
    await this.ready;
    return new Promise((resolve) => {
      this.waiting.get(kind)?.resolve(null);
      this.waiting.set(kind, {request: {...request, ask: kind}, resolve});
      this.next();
    });
  }

  next() {
    if (this.busy || this.waiting.size === 0) return;
    const [kind, question] = this.waiting.entries().next().value;
    this.waiting.delete(kind);
    this.busy = question;
    this.worker.postMessage({number: ++this.number, request: question.request});
  }

  take({answer}) {
    const {resolve} = this.busy;
    this.busy = null;
    this.next();
    resolve(JSON.parse(answer));
  }
}
