import type { ErrorOut, KoaContextWithOIDC } from 'oidc-provider';

/** Renders a view of views/provider. */
export type RenderView = (view: string, model: object) => Promise<string>;

/** The pages that oidc-provider shows by itself. */
export interface ProviderPages {
  readonly logoutSource: (ctx: KoaContextWithOIDC) => Promise<void>;
  readonly postLogoutSuccessSource: (ctx: KoaContextWithOIDC) => Promise<void>;
  readonly renderError: (ctx: KoaContextWithOIDC, out: ErrorOut) => Promise<void>;
}

export function createPages(renderView: RenderView): ProviderPages {
  const show = async (ctx: KoaContextWithOIDC, view: string, model: object) => {
    ctx.type = 'html';
    ctx.body = await renderView(view, model);
  };
  return {
    logoutSource(ctx) {
      const { session, entities } = ctx.oidc;
      return show(ctx, 'sign-out', {
        action: ctx.oidc.urlFor('end_session_confirm'),
        xsrf: session?.state?.['secret'],
        // Whoever has this user's ID token may sign them out without a question.
        isCertain: entities.IdTokenHint?.payload['sub'] === session?.accountId,
      });
    },
    postLogoutSuccessSource: (ctx) => show(ctx, 'signed-out', {}),
    renderError: (ctx, { error, error_description }) =>
      show(ctx, 'error', { message: error_description ?? 'The request cannot be served.', code: error }),
  };
}
