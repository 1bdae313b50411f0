/** Line icons of 16 by 16; all of them decorate a text beside them. */

const paths = {
  upload: "M8 10.5V2.5M4.5 6 8 2.5 11.5 6M2.5 10.5v3h11v-3",
  gears:
    "M8 1.8v2.6M8 11.6v2.6M1.8 8h2.6M11.6 8h2.6M3.6 3.6l1.9 1.9M10.5 10.5l1.9 1.9M12.4 3.6l-1.9 1.9M5.5 10.5l-1.9 1.9",
  check: "M14.2 8A6.2 6.2 0 1 1 1.8 8a6.2 6.2 0 0 1 12.4 0ZM5.2 8.2l2 2 3.6-4.2",
  warning: "M8 2 14.5 13.5h-13ZM8 6.5v3M8 11.4v.2",
  error: "M14.2 8A6.2 6.2 0 1 1 1.8 8a6.2 6.2 0 0 1 12.4 0ZM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4",
  cancelled: "M14.2 8A6.2 6.2 0 1 1 1.8 8a6.2 6.2 0 0 1 12.4 0ZM3.7 3.7l8.6 8.6",
  interrupted: "M14.2 8A6.2 6.2 0 1 1 1.8 8a6.2 6.2 0 0 1 12.4 0ZM6.3 5.6v4.8M9.7 5.6v4.8",
  waiting: "M14.2 8A6.2 6.2 0 1 1 1.8 8a6.2 6.2 0 0 1 12.4 0ZM8 4.5V8l2.4 1.6",
  close: "M4 4l8 8M12 4l-8 8",
  retry: "M13.2 8a5.2 5.2 0 1 1-1.6-3.7M13.4 2v2.8h-2.8",
  back: "M9.8 3 4.8 8l5 5",
  copy: "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z",
  download: "M8 2.5v8M4.5 7 8 10.5 11.5 7M2.5 10.5v3h11v-3",
  trash: "M2.5 4h11M6 4V2.5h4V4M4 4l.7 9.5h6.6L12 4M6.7 6.8v4M9.3 6.8v4",
  search: "M11 6.8a4.2 4.2 0 1 1-8.4 0 4.2 4.2 0 0 1 8.4 0ZM10 10l3.7 3.7",
  chevron: "M6 3.5 10.5 8 6 12.5",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, spin = false }: { name: IconName; spin?: boolean }) {
  return (
    <svg class={spin ? "icon icon-spin" : "icon"} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
