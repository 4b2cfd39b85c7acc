//! The App Home, published whenever what it shows has changed (R26).

use super::{Courier, Outcome};
use crate::app::delivery::{Delivered, End};
use crate::domain::home::Turned;
use crate::domain::ids::UserId;
use crate::domain::people::Kind;
use crate::slack::outlet::{Failure, fingerprint_of};
use crate::view;

impl Courier {
    /// Whoever may not review sees a short page that says so. A publication may be repeated, so a doubt is no
    /// more than a reason to try again.
    pub(super) async fn home(&self, user: UserId) -> Outcome {
        let Some(home) = self.app.home(&user).await? else {
            return Ok(Delivered::default());
        };
        let person = self.directory.person(&user).await.map_err(Failure::of_lookup)?;
        let view = if person.kind == Kind::Member {
            let turned: Turned = home.pages.parse().unwrap_or_default();
            let lists = self.app.home_lists(&user, turned).await?;
            view::home(&self.app.rules, &lists, self.now())
        } else {
            view::no_home()
        };
        let fingerprint = fingerprint_of("", &view.blocks);
        if home.fingerprint.as_ref() == Some(&fingerprint) {
            return Ok(Delivered::default());
        }
        let published = match self.outlet.publish(user.as_str(), view).await.map_err(End::from) {
            Ok(()) => Some(fingerprint),
            // Nobody can look at it: it is kept up to date again once they open it.
            Err(End::Gone(why)) => {
                tracing::warn!(%why, %user, "an App Home cannot be published");
                None
            }
            Err(end) => return Err(end),
        };
        Ok(Delivered {
            home: Some((user, home.pages, published)),
            ..Delivered::default()
        })
    }
}
