/** A browser's type that the declarations of `@viz-js/viz` name; there is none here. */
type SVGSVGElement = never;
