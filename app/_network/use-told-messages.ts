import { startTransition, useEffect, useState } from "react";
import { messageFeedOf, type ToldMessages } from "../_client/message-feed.ts";
import { useControlClient } from "../_client/use-control.ts";

/** As many can be followed as they come. */
const FEW = 12;
const FEW_MS = 100;
/** More are a list that is read, not watched. */
const MANY_MS = 300;

/** What is on its way, for whoever lists it in words: told three to ten times a second. Only below a ControlContext. */
export function useToldMessages(): ToldMessages {
  const messages = messageFeedOf(useControlClient());
  const [told, setTold] = useState(messages.state);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    let lookedMs = 0;
    const look = (): void => {
      timer = null;
      lookedMs = performance.now();
      startTransition(() => setTold(messages.state()));
    };
    const soon = (): void => {
      if (timer !== null) return;
      const { links } = messages.state();
      const isMany = links.reduce((sum, link) => sum + link.messages.length, 0) > FEW;
      timer = setTimeout(look, Math.max(0, lookedMs + (isMany ? MANY_MS : FEW_MS) - performance.now()));
    };
    const stop = messages.subscribe(soon);
    soon();
    return () => {
      stop();
      if (timer !== null) clearTimeout(timer);
    };
  }, [messages]);
  return told;
}
