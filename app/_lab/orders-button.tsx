"use client";

import dynamic from "next/dynamic";
import { useState } from "react";
import type { LabFrame } from "./lab-messages.ts";
import { useLab } from "./use-lab.ts";

const OrdersDialog = dynamic(() => import("./orders-dialog.tsx").then(({ OrdersDialog: component }) => component), { ssr: false });

/** Opens what tries every order. */
export function OrdersButton({ frame }: { readonly frame: LabFrame }) {
  const run = useLab();
  const [isOpen, setOpen] = useState(false);
  const { apart } = frame;
  return (
    <>
      <button
        type="button"
        data-testid="try-orders"
        data-apart={apart}
        title="Hold the network or cut replicas off, and let them write: then what waits can be delivered in every order"
        onClick={() => setOpen(true)}
      >
        Try every order{apart > 0 && ` (${apart})`}
      </button>
      {isOpen && (
        <OrdersDialog
          apart={apart}
          onClose={() => {
            run.stopOrders();
            setOpen(false);
          }}
        />
      )}
    </>
  );
}
