// Bring the current chapter into view: in the menu beside the page, and in the one a phone opens.
addEventListener("DOMContentLoaded", () => {
  const here = document.querySelector(".sidebar-tree .current-page");
  const menu = here && here.closest(".sidebar-scroll");
  if (!menu) return;
  const { top, height } = here.getBoundingClientRect();
  const middle = top - menu.getBoundingClientRect().top - (menu.clientHeight - height) / 2;
  menu.scrollTo({ top: menu.scrollTop + middle, behavior: "instant" });
});
