// A closed offer: tell the shop, move the focus on, say so once. Offers close without this too.
{
  const closed = (offer) => {
    const { cmsEntry: entry, cmsVariant: variant, cmsSlot: slot, cmsDecision: decision } = offer.dataset;
    navigator.sendBeacon("/dismissals", new URLSearchParams({ entry, variant, slot, decision }));
    const next = [...main.querySelectorAll("a,button,input:not([type=hidden],[data-cms-dismiss]),select")].find(
      (one) => offer.compareDocumentPosition(one) == 4 && one.checkVisibility(),
    );
    (next || main).focus({ preventScroll: true });
    said.textContent = said.dataset.closed;
  };
  addEventListener("change", (e) => e.target.matches("[data-cms-dismiss]:checked") && closed(e.target.closest("[data-cms-entry]")));
  addEventListener("close", (e) => e.target.matches("[data-cms-entry]") && closed(e.target), true);
  addEventListener("keydown", (e) => e.key == "Escape" && document.querySelector("dialog[open][data-cms-entry]")?.close());
}
