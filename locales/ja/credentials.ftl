# パートナー アカウント: パートナー センターへのアクセス方法と、ユーザーの同意。

access-title = パートナー センターへのアクセス
access-way = 認証方法
access-app-only = アプリのみ: アプリケーション単独
access-delegated = アプリとユーザー: 同意したユーザーの代理
access-user = 同意したユーザー
access-obtained = 同意日時
access-used = 前回の更新
access-lapses = 更新しない場合の失効日
access-token = 前回のアクセス トークン
access-lapsing = この同意による収集が 60 日以上行われていません。Microsoft Entra では { $at } に失効します。それまでに収集するか、接続し直してください。
consent-how = ユーザーの同意で接続
consent-lead = アプリのみの認証には同意が不要で、多くのパートナーに適しています。組織の規則で必要な場合は、ユーザーの同意 (アプリとユーザー) を使ってください:
consent-step-redirect = Microsoft Entra 管理センターの [アプリの登録]、該当アプリ、[認証]、プラットフォーム [Web] で、次のリダイレクト URI を登録します:
consent-step-permission = [API のアクセス許可] で Microsoft Partner Center の user_impersonation を追加し、管理者の同意を与えます。
consent-step-user = [同意して接続] を選択し、パートナー センターの管理エージェントであるユーザーとして多要素認証でサインインします。
consent-connect = 同意して接続
consent-forget = 同意を取り消す
consent-connected = 接続しました。同意は封印して保存され、それを使った収集が始まりました。
consent-disconnected = ここに保存された同意を削除しました。Microsoft Entra では [エンタープライズ アプリケーション]、該当アプリ、[アクセス許可] で取り消せます。
consent-refused-title = アカウントを接続できませんでした
consent-not-under-way = この応答は、このセッションで開始した同意のものではないか、遅すぎたか、既に使用されています。
consent-not-under-way-remedy = このブラウザーの [パートナー アカウント] のページからやり直し、10 分以内に完了してください。
