//! A group of operations inside one open transaction. Shared by all databases as `queries` is.

use super::super::group::Operation;
use super::{Conn, Session};

/// Runs the operations; those that refuse leave nothing. `true`: there is something for other processes to do. An
/// error ends all of them: then nothing of the transaction may be kept.
///
/// Nearly always nothing fails, so that all are run as one, and what they write is sent together. Where something
/// does, all of it is taken back, and each is run again in a savepoint of its own.
pub(crate) async fn run(conn: &mut Conn, group: &mut [Box<dyn Operation>]) -> Result<bool, sqlx::Error> {
    let mut conn = super::super::Conn::from(Session::writing(conn));
    if together(&mut conn, group).await? {
        return Ok(conn.rings());
    }
    conn.start_over().await?;
    for operation in group {
        conn.begin().await?;
        let keep = operation.run(&mut conn).await;
        conn.end(keep).await?;
    }
    Ok(conn.rings())
}

/// `false`: something failed, and it may have been any of them.
async fn together(
    conn: &mut super::super::Conn<'_>,
    group: &mut [Box<dyn Operation>],
) -> Result<bool, sqlx::Error> {
    for operation in group {
        conn.begin().await?;
        let keep = operation.run(conn).await;
        if !conn.end(keep).await? {
            return Ok(false);
        }
    }
    Ok(conn.flush().await.is_ok())
}
