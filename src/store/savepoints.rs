//! A group of operations inside one open transaction. Shared by all databases as `queries` is.

use super::super::group::Operation;
use super::{Conn, Session};

/// Runs the operations, each in a savepoint; those that refuse leave nothing. `true`: there is something for
/// other processes to do. An error ends all of them: then nothing of the transaction may be kept.
pub(crate) async fn run(conn: &mut Conn, group: &mut [Box<dyn Operation>]) -> Result<bool, sqlx::Error> {
    let mut conn = super::super::Conn::from(Session::writing(conn));
    for operation in group {
        let keep = operation.run(&mut conn).await;
        conn.end(keep).await?;
    }
    Ok(conn.rings())
}
