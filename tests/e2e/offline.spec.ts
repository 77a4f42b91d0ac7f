import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { expectConverged, Pad } from "./pad.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

test("a reload while cut keeps the edits and the cut; after the heal the others have them", async ({ context }) => {
  const inside = await Pad.create(context, "walker");
  const apart = await Pad.open(context, inside.path);
  await inside.type("start ");
  await expect.poll(() => apart.text()).toBe("start ");
  await apart.toggle("partition", true);
  await apart.type("kept on this device");
  await expect(apart.testId("status-chip")).toContainText(/^Cut on purpose, \d+ edits? kept on this device$/);

  await apart.stored();
  await apart.page.reload();
  await apart.ready(true);
  await expect.poll(() => apart.text()).toBe("start kept on this device");
  await expect(apart.testId("toggle-partition")).toHaveAttribute("aria-pressed", "true");
  expect(await inside.text()).toBe("start ");

  await apart.toggle("partition", false);
  await expectConverged([inside, apart], (text) => expect(text).toBe("start kept on this device"));
});

test("where no word comes of what was typed, the chip stops saying that it is being saved", async ({ context, request }) => {
  const pad = await Pad.create(context, "walker");
  const chip = pad.testId("status-chip");
  await request.put(`/control/links/${await pad.replicaId()}`, { data: { up: { latencyMs: 5_000 } } });
  await pad.type("a");
  await expect(chip).toContainText(/Saving 1 edit$/);
  await expect(chip).toContainText(/Not yet saved: 1 edit \(waiting for \d s\)/);
  await expect(chip).toHaveAttribute("data-state", "warn");
  await expect(chip).toContainText("Saved");
});

test("without Web Locks a reload is a new replica, and what was not saved is a draft", async ({ context }) => {
  await context.addInitScript(() => Object.defineProperty(Navigator.prototype, "locks", { value: undefined }));
  const pad = await Pad.create(context, "walker");
  await pad.type("saved ");
  await pad.saved();
  const before = await pad.replicaId();
  await pad.toggle("partition", true);
  await pad.type("and unsaved");
  await pad.stored();
  await pad.page.reload();
  await pad.ready(false);
  expect(await pad.replicaId()).not.toBe(before);
  await expect.poll(() => pad.text()).toBe("saved ");
  const draft = pad.testId("draft");
  await draft.locator("summary").click();
  await expect(draft.locator("pre")).toHaveText("saved and unsaved");
  await draft.getByRole("button", { name: "Discard" }).click();
  await expect(draft).toHaveCount(0);
});

test("without storage the page works, and says what it cannot keep", async ({ context }) => {
  await context.addInitScript(() => Object.defineProperty(globalThis, "indexedDB", { value: undefined }));
  const pad = await Pad.create(context, "walker");
  await pad.type("on the server");
  await pad.saved();
  await expect(pad.testId("status-chip")).toContainText("Saved");
  // The connection breaks: now nobody has what is typed.
  const id = await pad.replicaId();
  await pad.page.request.put(`/control/links/${id}`, { data: { up: { cut: "reset" }, down: { cut: "reset" } } });
  await expect.poll(async () => (await pad.status()).connection).toBe("waiting");
  await pad.type("!");
  await expect(pad.testId("status-chip")).toContainText("Not kept: this browser stores nothing");
  await pad.page.request.post("/control/heal");
  await pad.saved();
});

test("without a network the strip does not stand by what it heard last", async ({ context }) => {
  const pad = await Pad.create(context, "walker");
  const strip = pad.testId("convergence-strip");
  await pad.type("here ");
  await pad.saved();
  await expect(strip).toHaveAttribute("data-state", "ok");
  await context.setOffline(true);
  await pad.type("and away");
  await expect(strip).toContainText("The control connection is down");
  await expect(strip).toHaveAttribute("data-state", "info");
  await context.setOffline(false);
  await pad.saved();
  await expect(strip).toHaveAttribute("data-state", "ok");
});

test("the server is killed with the tabs open; what was typed meanwhile arrives when it is back", async ({ context }) => {
  const port = 4_174;
  const folder = mkdtempSync(join(tmpdir(), "riftpad-e2e-restart-"));
  let server = await startServer(port, folder);
  try {
    const first = await Pad.open(context, `http://127.0.0.1:${port}/`);
    const second = await Pad.open(context, `http://127.0.0.1:${port}${first.path}`);
    const before = await first.text();
    await first.type("\nsaved ");
    await first.saved();
    await stop(server);
    await first.type("while it was down");
    server = await startServer(port, folder);
    await expectConverged([first, second], (text) => expect(text).toBe(`${before}\nsaved while it was down`));
  } finally {
    await stop(server);
  }
});

test("a server that is gone without having closed a socket is noticed, said, and found again", async ({ context }) => {
  const port = 4_176;
  const server = await startServer(port, mkdtempSync(join(tmpdir(), "riftpad-e2e-silent-")));
  try {
    const pad = await Pad.open(context, `http://127.0.0.1:${port}/`);
    const strip = pad.testId("convergence-strip");
    await expect(strip).toHaveAttribute("data-state", "ok");
    // Its sockets stay open, and nothing comes out of them.
    server.kill("SIGSTOP");
    await expect(strip).toContainText("The control connection is down, and is tried again", { timeout: 20_000 });
    await expect(strip).toHaveAttribute("data-state", "info");
    server.kill("SIGCONT");
    await expect(strip).toHaveAttribute("data-state", "ok", { timeout: 20_000 });
    await expect(strip).not.toContainText("control connection");
  } finally {
    server.kill("SIGCONT");
    await stop(server);
  }
});

/** Resolves once the server answers. */
async function startServer(port: number, folder: string): Promise<ChildProcess> {
  const server = spawn(process.execPath, ["dist/server.mjs"], {
    cwd: ROOT,
    env: { ...process.env, PORT: String(port), HOST: "127.0.0.1", RIFTPAD_DATA: folder, NODE_ENV: "production" },
    stdio: "ignore",
  });
  const isUp = async (): Promise<boolean> => {
    try {
      return (await fetch(`http://127.0.0.1:${port}/healthz`)).ok;
    } catch {
      return false;
    }
  };
  await expect.poll(isUp, { timeout: 30_000 }).toBe(true);
  return server;
}

/** Kills without a goodbye. */
async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGKILL");
  await exited;
}
