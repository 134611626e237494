//! Moderation: a member sees an identifier, and what they see is hidden at once; moderators decide whether it is
//! removed or shown again, and on what authors overrode and objected to.

mod decide;
mod list;
mod report;
mod show;

use community::{member::Members, review::Reviews};
use edge::{Api, StartError, config, secret};
use screening::Screen;
use storage::Bucket;
use table::CursorKey;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The reviews.
    pub reviews: Reviews,
    /// The members, for their screen names.
    pub members: Members,
    /// Where clean images are read from, those that are hidden included.
    pub images: Bucket,
    /// What looks through texts.
    pub screen: Screen,
    /// The key that signs cursors.
    pub cursors: CursorKey,
}

impl App {
    /// Reads the environment: `TABLE`, `CLEAN_BUCKET`, `S3_PATH_STYLE`, `CURSOR_SECRET`.
    ///
    /// # Errors
    /// When the environment is incomplete or the secret cannot be read.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let (clean, path_style) = (env.text("CLEAN_BUCKET"), env.parsed("S3_PATH_STYLE"));
        let cursor = env.text("CURSOR_SECRET");
        env.finish()?;
        Ok(Self {
            reviews: Reviews::new(table.clone()),
            members: Members::new(table),
            images: Bucket::new(&aws, clean, path_style),
            screen: Screen::load(edge::now()),
            cursors: CursorKey::new(secret::fetch(&aws, &cursor).await?),
        })
    }
}

/// The routes, which are also the document.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(report::report))
        .routes(routes!(list::list))
        .routes(routes!(show::show))
        .routes(routes!(decide::confirm))
        .routes(routes!(decide::dismiss))
}

/// The routes, ready to serve.
pub fn api(app: App) -> Api {
    edge::api(routes().with_state(app))
}
