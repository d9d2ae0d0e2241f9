/** Calls to this server; a refusal becomes a CallError with the server's own words. */
export class CallError extends Error {
  constructor(status, problem) {
    super(problem.message ?? problem.detail ?? problem.error ?? problem.title ?? problem.code ?? String(status));
    this.status = status;
    this.code = problem.code ?? "";
  }
}

export async function call(method, path, body) {
  const options = { method };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  let answer;
  try {
    answer = await fetch(path, options);
  } catch {
    throw new CallError(0, { code: "no_server" });
  }
  const value = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new CallError(answer.status, value);
  return value;
}

/** Runs `work` now and every `pause_ms`, one at a time, not while the page is hidden. */
export function repeat(work, pause_ms) {
  const turn = async () => {
    if (!document.hidden) await work();
    setTimeout(turn, pause_ms);
  };
  turn();
}
