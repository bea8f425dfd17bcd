/** Stands for @grafana/i18n on lines before 12.1, where @grafana/ui needs no translations to be set up. */
export async function initPluginTranslations(): Promise<void> {}
