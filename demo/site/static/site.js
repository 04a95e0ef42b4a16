// Lets links of the demo site open the assistant; without it they are ordinary links to the documentation.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-ask], a[data-help]");
  const desk = window.Frontdesk;
  if (!link || !desk || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  const opened = link.dataset.ask ? desk.ask(link.dataset.ask) : desk.open();
  opened.catch(() => location.assign(link.href));
});
