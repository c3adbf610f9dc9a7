/** Font packages that are imported for their styles alone. */
declare module '@fontsource-variable/inter';
