//! Cases: drafted, illustrated, published, read, closed.

mod close;
mod create;
mod edit;
mod feed;
mod image;
mod mine;
mod publish;
mod show;
mod view;

use community::{byline::AliasKey, case::Cases, member::Members, vote::Votes};
use edge::{Api, StartError, config, secret};
use screening::Screen;
use storage::{Bucket, Uploads};
use table::CursorKey;
use utoipa_axum::{router::OpenApiRouter, routes};

/// What the function works with.
#[derive(Debug, Clone)]
pub struct App {
    /// The cases.
    pub cases: Cases,
    /// The members, for their screen names.
    pub members: Members,
    /// The votes, for a reader's own.
    pub votes: Votes,
    /// Where originals are uploaded to.
    pub uploads: Uploads,
    /// Where clean images are read from.
    pub images: Bucket,
    /// What looks through texts.
    pub screen: Screen,
    /// The key that makes authors' aliases.
    pub aliases: AliasKey,
    /// The key that signs cursors.
    pub cursors: CursorKey,
}

impl App {
    /// Reads the environment: `TABLE`, `QUARANTINE_BUCKET`, `UPLOAD_URL`, `CLEAN_BUCKET`,
    /// `S3_PATH_STYLE`, `ALIAS_SECRET`, `CURSOR_SECRET`.
    ///
    /// # Errors
    /// When the environment is incomplete or a secret cannot be read.
    pub async fn from_env() -> Result<Self, StartError> {
        let aws = config::aws().await;
        let mut env = config::Env::new();
        let table = config::table(&mut env, &aws);
        let (quarantine, url) = (env.text("QUARANTINE_BUCKET"), env.text("UPLOAD_URL"));
        let (clean, path_style) = (env.text("CLEAN_BUCKET"), env.parsed("S3_PATH_STYLE"));
        let (alias, cursor) = (env.text("ALIAS_SECRET"), env.text("CURSOR_SECRET"));
        env.finish()?;
        Ok(Self {
            cases: Cases::new(table.clone()),
            members: Members::new(table.clone()),
            votes: Votes::new(table),
            uploads: Uploads::new(&aws, quarantine, url)?,
            images: Bucket::new(&aws, clean, path_style),
            screen: Screen::load(edge::now()),
            aliases: AliasKey::new(secret::fetch(&aws, &alias).await?),
            cursors: CursorKey::new(secret::fetch(&aws, &cursor).await?),
        })
    }
}

/// The routes, which are also the document.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create::create, feed::feed))
        .routes(routes!(mine::mine))
        .routes(routes!(show::show, edit::edit))
        .routes(routes!(image::offer::offer))
        .routes(routes!(image::show::show_image, image::remove::remove))
        .routes(routes!(image::mark::mark))
        .routes(routes!(image::attest::attest))
        .routes(routes!(image::object::object))
        .routes(routes!(publish::publish))
        .routes(routes!(close::close))
}

/// The routes, ready to serve.
pub fn api(app: App) -> Api {
    edge::api(routes().with_state(app))
}
