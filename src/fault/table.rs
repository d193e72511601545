//! The table of lies: every fault with what it does wrong and the requirements that it makes false on the wire.
//!
//! Longer than its budget: one flat table of three lines a fault, in which any of them is found by its role and clause.

use crate::req;
use crate::spec::{RequirementId, Role};

faults! {
    CoreFunction {
        // Obtain_Security_Method, TS 29.222 5.6.2.2
        /// The 201 to a created security context has no Location.
        OmitLocationOnCreated: "29222-5.6.2.1-01" "29222-5.6.2.2.2-04" "29222-8.5.2.3.3.3-01";
        /// The Location of a created security context names another invoker.
        LocationNamesAnotherInvoker: "29222-5.6.2.1-01" "29222-5.6.2.2.2-04" "29222-8.5.2.3.3.3-01";
        /// A created security context is answered with 200.
        AnswerCreatedWithOk: "29222-5.6.2.2.2-04" "29222-8.5.2.3.3.3-01";
        /// The answer to a PUT selects no method for any interface.
        AnswerPutWithoutMethods: "29222-5.6.2.2.2-04";
        /// The answer to a PUT lacks the last of several entries.
        DropSecurityEntry: "29222-5.6.2.2.2-04";
        /// A security method request that breaks the data model is carried out.
        AcceptBrokenSecurityContext: "29222-7.7-04";
        /// An update without a security context creates one.
        CreateOnUpdate: "29222-8.5.2.3.4-01";
        /// The answer to an update selects no method.
        AnswerUpdateWithoutMethods: "29222-8.5.2.3.4-01";
        /// A security context that nobody has is a failure of the server.
        AnswerUnknownContextWithServerError: "29222-7.7-03";
        /// A revocation that breaks the data model is acknowledged.
        AcceptBrokenRevocation: "29222-7.7-04" "23222-8.23.3-04";
        /// A negotiated security context is answered and not stored.
        ForgetSecurityContext: "29222-5.6.2.1-01";
        /// An invoker that never negotiated has a security context all the same.
        ServeContextBeforeNegotiation: "29222-5.6.2.1-01" "33122-6.5.2.3-19";
        /// A method of the exposing function is selected that the invoker did not list.
        SelectMethodOutsideThePreference: "29222-5.6.2.2.2-02";
        /// A method of the invoker is selected that the exposing function did not publish.
        SelectMethodTheAefDoesNotOffer: "29222-5.6.2.2.2-02" "29222-8.5.4.2.3-02";
        /// An exposing function may negotiate in the place of the invoker.
        LetExposingFunctionNegotiate: "29222-5.6.2.1-05";
        /// An invoker may create the security context of another one.
        LetAnotherInvokerNegotiate: "29222-5.6.2.1-05";
        /// An invoker may update the security context of another one.
        LetAnotherInvokerRenegotiate: "29222-5.6.2.1-05";
        /// A publishing function may update the security context of an invoker.
        LetPublishingFunctionRenegotiate: "29222-5.6.2.1-05";
        /// The second update of a security context is answered and not stored.
        IgnoreSecondUpdate: "29222-8.5.2.3.4-01";
        /// Revocations are told at the destination of the enrolment, not at that of the security context.
        ForgetNotificationDestination: "29222-5.6.2.2.2-03";

        // Obtain_API_Invoker_Info, TS 29.222 5.6.2.4
        /// An invoker may read security contexts.
        LetInvokerReadSecurityContext: "29222-5.6.2.1-06";
        /// A publishing function may read security contexts.
        LetPublishingFunctionReadSecurityContext: "29222-5.6.2.1-06";
        /// A management function may read security contexts.
        LetManagementFunctionReadSecurityContext: "29222-5.6.2.1-06";
        /// An exposing function is shown the entries of every exposing function.
        ServeOtherAefsEntries: "29222-5.6.2.4.2-02";
        /// An exposing function is shown the first of its interfaces only.
        ServeFirstInterfaceOnly: "29222-5.6.2.4.2-02";
        /// Authentication information is given although it was not asked for.
        SendAuthenticationInfoUnasked: "29222-5.6.2.4.2-03" "29222-8.5.2.3.3.1-01";
        /// Authorization information is given although it was not asked for.
        SendAuthorizationInfoUnasked: "29222-5.6.2.4.2-03" "29222-8.5.2.3.3.1-01";
        /// An exposing function is not told which method was selected.
        HideSelectedMethod: "33122-6.5.2.3-19";

        // Revoke_Authorization, TS 29.222 5.6.2.5
        /// An invoker may revoke authorizations.
        LetInvokerRevoke: "29222-5.6.2.1-06" "23222-8.23.3-09";
        /// A publishing function may revoke authorizations.
        LetPublishingFunctionRevoke: "29222-5.6.2.1-06";
        /// A management function may revoke authorizations.
        LetManagementFunctionRevoke: "29222-5.6.2.1-06";
        /// A deleted security context is still served.
        KeepContextAfterDelete: "29222-5.6.2.5.2-01";
        /// A deleted security context is still served to exposing functions other than the one that deleted it.
        DeleteOwnEntriesOnly: "29222-5.6.2.5.2-01";
        /// A revocation of all APIs strikes those of the exposing function that asked for it only.
        StrikeOwnApisOnDelete: "29222-5.6.2.5.2-02";
        /// The invoker is told of no revocation.
        SkipRevocationNotification: "29222-5.6.2.5.2-01" "29222-5.6.2.5.2-03" "29222-8.5.3.2-01";
        /// The invoker is not told of a revocation of some APIs.
        SkipPartialRevocationNotification: "29222-5.6.2.5.2-03" "23222-8.23.3-06";
        /// The invoker is told of each revocation twice.
        NotifyTwice: "29222-8.5.2.3.3.2-01" "29222-5.6.2.5.2-01";
        /// The invoker is told of a revocation once more when the next one comes.
        NotifyAgainLater: "29222-8.5.2.3.3.2-01" "29222-5.6.2.5.2-01";
        /// A notification is held back until the next one has been sent.
        HoldNotificationBack: "29222-5.6.2.5.2-01" "23222-8.23.3-06";
        /// Every invoker is told of the revocation of one.
        NotifyEveryInvoker: "29222-5.6.2.2.2-03" "29222-8.5.3.2-01" "23222-8.23.3-06";
        /// The notification names another invoker than the one revoked.
        NotificationNamesAnotherInvoker: "29222-5.6.2.5.2-01";
        /// The notification of a revocation of all APIs lists none.
        NotifyWithoutApis: "29222-5.6.2.5.2-01" "29222-8.5.4.2.5-01";
        /// The notification of a revocation of some APIs lists all.
        NotifyAllApisOnPartialRevocation: "29222-5.6.2.5.2-03" "23222-8.23.3-06";
        /// A revocation of some APIs strikes all.
        RevokeAllOnPartialRevocation: "29222-5.6.2.5.2-03" "23222-8.23.3-03";
        /// A revocation of some APIs is acknowledged and strikes none.
        RevokeNothingOnPartialRevocation: "29222-5.6.2.5.2-03" "23222-8.23.3-03";
        /// Tokens are granted after the revocation of all APIs as before it.
        KeepGrantingAfterRevocation: "29222-5.6.2.5.2-02";
        /// Revocations are acknowledged with 200 and a body.
        AnswerRevocationWithBody: "29222-5.6.2.5.2-04" "23222-8.23.3-04";
        /// A revocation for an unknown invoker is acknowledged.
        AcknowledgeUnknownInvoker: "29222-5.6.2.5.2-04";

        // Obtain_Authorization: who may ask, TS 29.222 5.6.2.3, TS 33.122 6.5.2.3 and C.3
        /// An exposing function may ask for the token of an invoker.
        LetExposingFunctionObtainToken: "29222-5.6.2.1-05";
        /// The token end point is not where the specification puts it.
        MoveTokenEndpoint: "33122-6.5.2.3-02" "29222-5.6.2.3.2-05";
        /// A token is granted in clear, over plain HTTP.
        GrantOverPlainHttp: "33122-C.1-01" "23722-AR-6.3.2-f" "23722-AR-6.3.2-g";
        /// A token is granted on the client id alone, without a client certificate.
        GrantWithoutClientCertificate: "33122-6.5.2.3-06" "33122-6.5.2.3-10" "23722-AR-6.3.2-d";
        /// A token is granted on the onboarding secret alone, without a client certificate.
        GrantOnSecretAlone: "33122-6.5.2.3-10";
        /// A token is granted at the token end point of another invoker.
        AcceptForeignSecurityId: "33122-6.5.2.3-12";
        /// A token is granted to whoever shows the certificate of any invoker.
        TakeCertificateOfAnotherInvoker: "29222-5.6.2.1-05" "23222-8.11.3-03";
        /// A token is granted on the client id of another invoker.
        AcceptForeignClientId: "33122-6.5.2.3-12" "33122-C.3.2-04" "23222-8.11.3-03";
        /// A token is granted on a client id that was never assigned.
        AcceptUnknownClientId: "33122-C.3.1-01" "29222-5.6.2.3.2-07" "23222-8.11.3-06";
        /// An offboarded invoker gets tokens as before.
        GrantAfterOffboarding: "33122-C.3.1-01" "23222-8.11.3-06";
        /// A token is granted without a client id.
        AcceptMissingClientId: "29222-5.6.2.3.2-07";
        /// The client id is compared without regard to case.
        FoldClientIdCase: "33122-C.3.2-04";
        /// Blanks around the client id are ignored.
        TrimClientId: "33122-C.3.2-04";
        /// The onboarding secret is not looked at.
        AcceptWrongSecret: "33122-6.5.2.3-30" "33122-6.5.2.3-12" "29222-5.6.2.3.2-07";
        /// The onboarding secret is looked at in the body, and not where HTTP Basic shows it.
        AcceptWrongSecretByBasic: "33122-6.5.2.3-30";
        /// No token is granted without the onboarding secret.
        RequireSecret: "33122-6.5.2.3-30";
        /// No token is granted without a redirection URI.
        RequireRedirectUri: "33122-6.5.2.3-03";
        /// A first token request is refused for want of an authorization request.
        RequireAuthorizationRequest: "33122-C.3.1-03";
        /// A token is granted on an unknown grant type.
        AcceptUnknownGrantType: "33122-6.5.2.3-01" "29222-5.6.2.3.2-07";
        /// A token is granted on the grant type password.
        AcceptPasswordGrant: "33122-6.5.2.3-01";
        /// A token is granted on an authorization code.
        AcceptAuthorizationCodeGrant: "33122-6.5.2.3-01";
        /// A token is granted without a grant type.
        AcceptMissingGrantType: "33122-6.5.2.3-01";
        /// A token is granted on the grant type `refresh_token`.
        AcceptRefreshTokenGrant: "33122-C.4-01" "33122-6.5.2.3-01";
        /// Of a parameter that comes twice the first is taken.
        AcceptDuplicateParameters: "33122-6.5.2.3-12";
        /// A token request in JSON is taken.
        AcceptJsonTokenRequest: "33122-6.5.2.3-12";

        // Obtain_Authorization: what is granted
        /// A token is granted for an API that the invoker was not authorized for.
        GrantUnarrangedApi: "33122-6.5.2.3-07" "23222-8.11.3-03" "33122-C.2.2-06";
        /// Whatever the invoker asks for, it is granted everything that it was authorized for.
        GrantMoreThanAsked: "33122-C.2.2-04";
        /// Without a scope in the request every published API is granted.
        GrantEveryApiWithoutScope: "33122-C.2.2-07" "33122-C.2.2-04";
        /// Every invoker is granted what the first one is permitted.
        GrantRightsOfTheFirstInvoker: "33122-C.2.2-06" "23222-8.11.3-05" "23722-AR-6.3.2-c";
        /// An invoker that asks for a token again is refused.
        GrantOnlyOnce: "23222-8.11.1-03";
        /// An invoker that asks for a token again gets the first one, whether that is good or not.
        HandOutTheFirstTokenAgain: "23222-8.11.1-03";
        /// A malformed scope is granted, and the answer does not say what.
        IgnoreMalformedScope: "33122-6.5.2.3-12";
        /// A reduced scope is not told in the answer.
        HideReducedScope: "33122-C.3.3-04";

        // The access token, TS 33.122 C.1 and C.2
        /// The token has no exp.
        TokenWithoutExp: "33122-C.2.2-01" "33122-C.6-01" "33122-6.5.2.3-08";
        /// The token ran out before it was issued.
        TokenAlreadyExpired: "33122-C.2.2-01" "33122-C.3.3-02";
        /// The exp of the token is a string.
        ExpAsText: "33122-C.2.2-01" "33122-C.1-03";
        /// The token has no scope.
        OmitScopeClaim: "33122-C.2.2-04" "33122-C.2.1-01" "29222-5.6.2.3.2-06";
        /// The scope of the token has a form of its own.
        ScopeClaimInOwnForm: "33122-C.2.2-04" "33122-C.2.2-09";
        /// The token has neither `client_id` nor `iss`.
        OmitInvokerClaims: "33122-C.2.2-03" "33122-C.2.1-01" "33122-6.5.2.3-08";
        /// The token of an invoker names another one.
        TokenNamesAnotherInvoker: "33122-C.2.2-03" "33122-6.5.2.3-13";
        /// One token is given to every invoker.
        TokenSharedByInvokers: "33122-6.5.2.3-13";
        /// A plain token names a resource owner.
        NameResourceOwnerInPlainToken: "33122-C.2.2-09";
        /// The token is not signed: alg is none.
        AlgNone: "33122-C.1-04" "29222-5.6.2.3.2-06";
        /// The token is signed with a key that nobody was told of.
        SignWithUnknownKey: "33122-C.1-04" "29222-5.6.2.3.2-06";
        /// The parts of the token are padded base64.
        PaddedToken: "33122-C.1-03" "29222-5.6.2.3.2-06";

        // The token answer, TS 33.122 C.3.3
        /// The token type is mac.
        TokenTypeMac: "33122-C.1-02" "33122-C.3.3-02" "29222-5.6.2.3.2-05";
        /// The answer has no `expires_in`.
        OmitExpiresIn: "33122-C.3.3-02" "33122-C.6-01" "29222-5.6.2.3.2-05";
        /// The answer has an `expires_in` of zero.
        ExpiresInZero: "33122-C.3.3-02";
        /// The answer has its `expires_in` as a string.
        ExpiresInAsText: "33122-C.3.3-02" "29222-5.6.2.3.2-05";
        /// The token answer may be cached.
        CacheableTokenAnswer: "33122-C.3.3-03";
        /// The token answer has a refresh token.
        IssueRefreshToken: "33122-C.4-01";
        /// A token error is told in a word of its own.
        UseOwnErrorWord: "33122-C.3.3-01" "29222-5.6.2.3.2-07";
        /// A token error is answered with 200.
        AnswerTokenErrorWithOk: "33122-C.3.3-01" "29222-5.6.2.3.2-07";
        /// A token error is told as problem details.
        AnswerTokenErrorWithProblem: "33122-C.3.3-01" "29222-5.6.2.3.2-07";

        // Revocation that an exposing function asks for: TS 23.222 8.23.3
        /// Of several service APIs that are revoked only one is struck.
        StrikeFirstApiOnly: "23222-8.23.3-03";
        /// Of several service APIs that are revoked the invoker is told of the first one only.
        NotifyFirstApiOnly: "23222-8.23.3-06";
        /// An exposing function is told of an authorization that has ended.
        TellEndedAuthorization: "23222-8.23.3-03";
        /// Of several revocations one after the other the invoker is told of the first one only.
        NotifyFirstRevocationOnly: "23222-8.23.3-06";
        /// A revocation for one invoker ends the authorization of every other.
        RevokeForEveryInvoker: "23222-8.23.3-03";
        /// A revocation is acknowledged and takes effect after the next token request only.
        AnswerBeforeRevoking: "23222-8.23.3-04" "23222-8.23.3-03" "23222-8.23.3-06";
        /// Every other invoker is told of a revocation, when the next one comes.
        NotifyEveryInvokerLater: "23222-8.23.3-06";
        /// An exposing function may revoke what it does not expose.
        LetForeignExposingFunctionRevoke: "23222-8.23.3-09";
        /// An exposing function that the invoker negotiated with may revoke what others expose.
        RevokeWhatOthersExpose: "23222-8.23.3-09";
        /// An exposing function that lists something of its own may revoke whatever stands beside it.
        RevokeWhatStandsBesideItsOwn: "23222-8.23.3-09";
        /// Exposing functions of other providers are told of a revocation too.
        TellOtherProviders: "23222-8.23.3-11";
        /// Exposing functions of other providers are told of a revocation when the next one comes.
        TellOtherProvidersLater: "23222-8.23.3-11";
        /// Exposing functions of the same provider are told that do not offer the service API.
        TellFunctionsWithoutTheApi: "23222-8.23.3-12";
        /// Exposing functions of the same provider are told that the invoker never discovered.
        TellUndiscoveredFunctions: "23222-8.23.3-12";
        /// Exposing functions that the invoker never discovered are told when the next revocation comes.
        TellUndiscoveredFunctionsLater: "23222-8.23.3-12";
        /// Other exposing functions are told of a revocation that does not ask for it.
        TellOthersUnasked: "23222-8.23.3-13";
        /// Other exposing functions are told, unasked, when the next revocation comes.
        TellOthersUnaskedLater: "23222-8.23.3-13";
        /// An API that was revoked is granted to whoever asks for it together with another one.
        GrantRevokedApiAmongOthers: "23222-8.23.3-03" "29222-5.6.2.5.2-03";
        /// An exposing function that the invoker never negotiated with may revoke all its authorization.
        LetForeignExposingFunctionDelete: "23222-8.23.3-09";
        /// Of several exposing functions concerned only the first is told of a revocation that the core function begins.
        TellFirstFunctionOnly: "23222-8.23.4-02" "29222-6.2.2.3.2-01";
        /// A token is granted where the resource owner function answers with an error.
        GrantOnErrorOfTheOwnerFunction: "23222-8.31.3-04";

        // Revocation of the core function's own accord: TS 23.222 8.23.4
        /// The core function says that it revoked and tells no exposing function.
        IgnoreRevocationTrigger: "23222-8.23.4-01" "23222-8.23.4-02" "29222-6.2.2.3.2-01";
        /// An exposing function is told to revoke every API that the invoker may use there.
        RequestRevocationOfEveryApi: "23222-8.23.4-02" "29222-6.2.2.3.2-01";
        /// An exposing function is told to revoke without a cause.
        RequestRevocationWithoutCause: "23222-8.23.4-02" "29222-6.2.2.3.2-01";
        /// An exposing function is told to revoke for every invoker.
        RequestRevocationOfOtherInvokers: "23222-8.23.4-02";
        /// An exposing function is told to revoke for every invoker, once the one concerned has been dealt with.
        RequestRevocationOfOtherInvokersLater: "23222-8.23.4-02";
        /// The exposing functions are told, and tokens are granted as before.
        KeepGrantingAfterTrigger: "23222-8.23.4-05";
        /// A revocation of some APIs that the core function begins strikes all.
        RevokeEveryApiOnTrigger: "23222-8.23.4-05";
        /// The invoker is not told of a revocation that the core function began.
        SkipNotificationOfTrigger: "23222-8.23.4-06" "29222-6.2.2.3.2-03";
        /// Every invoker is told of a revocation that the core function began for one.
        NotifyEveryInvokerOfTrigger: "23222-8.23.4-06" "29222-6.2.2.3.2-03";
        /// Every other invoker is told of a revocation that the core function began, when the next one comes.
        NotifyEveryInvokerOfTriggerLater: "23222-8.23.4-06" "29222-6.2.2.3.2-03";

        // The authorization of the resource owner: TS 23.222 8.31, TS 33.122 C.1 and C.2.2
        /// A token names the resource owner, and the owner was not asked.
        GrantWithoutAskingTheOwner: "23222-8.31.3-04";
        /// A token is granted against the word of the resource owner.
        GrantAgainstTheOwner: "23222-8.31.3-04";
        /// A token is granted while the resource owner says nothing.
        GrantWhileTheOwnerIsSilent: "23222-8.31.3-04";
        /// A token is granted when the resource owner function cannot be reached.
        GrantWhenTheOwnerIsOutOfReach: "23222-8.31.3-04";
        /// The resource owner is asked about another invoker.
        AskAboutAnotherInvoker: "23222-8.31.3-04";
        /// The resource owner is asked about another service API.
        AskAboutAnotherApi: "23222-8.31.3-04";
        /// What one resource owner granted stands for every other.
        TakeGrantOfAnotherOwner: "23222-8.31.3-04";
        /// What a resource owner granted one invoker stands for every other.
        TakeGrantForAnotherInvoker: "23222-8.31.3-04";
        /// What a resource owner granted for one service API stands for every other.
        TakeGrantForAnotherApi: "23222-8.31.3-04";
        /// A token with the authorization of a resource owner does not name the owner.
        OmitOwnerClaim: "33122-C.2.2-05" "29222-8.5.4.2.8-03";
        /// A token with the authorization of a resource owner names another owner.
        NameAnotherOwner: "33122-C.2.2-05" "29222-8.5.4.2.8-03";
        /// A token with the authorization of a resource owner is not signed.
        UnsignedOwnerToken: "33122-C.1-06";
    }

    Invoker {
        /// The invoker reads its own security context.
        ReadOwnSecurityContext: "29222-5.6.2.1-02";
        /// The invoker negotiates under the id of another one.
        NegotiateForAnotherInvoker: "29222-5.6.2.1-02" "29222-5.6.2.2.2-01";
        /// The security method request has no notification destination.
        OmitNotificationDestination: "29222-5.6.2.2.2-01" "29222-8.5.4.2.2-01";
        /// The security method request has no entry.
        EmptySecurityInfo: "29222-5.6.2.2.2-01" "29222-8.5.4.2.2-01";
        /// An entry of the security method request has both aefId and interfaceDetails.
        BothAefIdAndInterface: "29222-5.6.2.2.2-01" "29222-8.5.4.2.3-01";
        /// An entry of the security method request prefers no method.
        EmptyPreference: "29222-5.6.2.2.2-01" "29222-8.5.4.2.3-01";
        /// The token is asked for under trustedInvokers.
        AskTokenAtTrustedInvokers: "29222-5.6.2.3.2-01";
        /// The token is asked for with the grant type password.
        AskPasswordGrant: "29222-5.6.2.3.2-02" "33122-6.5.2.3-28" "33122-C.3.2-02";
        /// The token request has its grant type twice.
        SendGrantTypeTwice: "33122-6.5.2.3-28" "33122-C.3.2-02";
        /// The scope of the token request has a form of its own.
        MalformedScope: "29222-5.6.2.3.2-03" "29222-8.5.4.2.6-02";
        /// The invoker says that it obtained a token and asked for none.
        SkipTokenRequest: "33122-6.5.2.3-04" "33122-6.5.2.3-11";
        /// The token request is JSON.
        SendTokenRequestAsJson: "33122-C.3.2-01" "33122-6.5.2.3-04" "33122-6.5.2.3-11";
        /// The parameters of the token request stand in the URL.
        TokenParametersInUrl: "33122-C.3.2-01" "33122-6.5.2.3-11";
        /// The token request comes without the certificate of the invoker.
        RequestTokenWithoutCertificate: "33122-6.5.2.3-11" "29222-5.6.2.1-02";
        /// The token request has no client id.
        OmitClientId: "33122-C.3.2-03" "33122-6.5.2.3-11";
        /// The client id of the token request is not the one assigned.
        SendForeignClientId: "33122-C.3.2-03";
        /// The token request has a redirection URI.
        SendRedirectUri: "33122-6.5.2.3-29";
        /// The token request has the credentials of a resource owner.
        SendOwnerCredentials: "33122-6.5.2.3-29";

        // Authorization is obtained and a service API invoked: TS 23.222 8.11 and 8.16, TS 33.122 6.5.2.3 steps 5 and 6,
        // C.1, C.5 and C.6
        /// The token is asked for at the end point of another invoker.
        AskTokenUnderAnotherId: "23222-8.11.3-01";
        /// An invoker whose onboarding was refused asks for a token.
        AskTokenWithoutOnboarding: "23222-8.11.3-01";
        /// A service API is invoked without a token.
        InvokeWithoutToken: "23222-8.11.1-01" "23222-8.16.2-01" "33122-6.5.2.3-22";
        /// A service API is invoked without its version.
        InvokeWithoutVersion: "23222-8.16.2-01" "23222-8.16.3-01";
        /// Another service API of the exposing function is invoked.
        InvokeAnotherApi: "23222-8.16.3-01";
        /// An invocation that was served is sent once more.
        RepeatServedInvocation: "23222-8.16.3-01";
        /// A service API is invoked without an initiation of authentication before.
        SkipAuthenticationInitiation: "33122-6.5.2.3-17" "33122-6.5.2.3-33";
        /// Authentication is initiated under the id of another invoker.
        InitiateForAnotherInvoker: "33122-6.5.2.3-17";
        /// The invocation goes over the connection that was there before the initiation was answered.
        InvokeOnTheInitiationsConnection: "33122-6.5.2.3-33";
        /// A service API is invoked although the initiation of authentication was refused.
        InvokeAfterRefusedInitiation: "33122-6.5.2.3-22" "33122-6.5.2.3-33";
        /// A service API is invoked although the initiation of authentication was refused, unless it is forbidden.
        TakeOtherRefusalsForConsent: "33122-6.5.2.3-22" "33122-6.5.2.3-33";
        /// Any certificate of an exposing function is good enough.
        TrustAnyExposingFunction: "33122-6.5.2.3-32" "33122-6.5.2.3-22";
        /// The certificate of an exposing function is not looked at any more once it has answered the initiation.
        TrustOnceInitiated: "33122-6.5.2.3-32";
        /// No certificate is shown to an exposing function that asks for it.
        InvokeWithoutCertificate: "33122-6.5.2.3-16";
        /// A redirection to plain HTTP is followed, token and all.
        SendTokenOverPlainHttp: "33122-C.1-08";
        /// The token stands in the query.
        SendTokenInQuery: "33122-C.5-01";
        /// The token is padded before it is sent.
        AlterToken: "33122-C.5-03" "33122-6.5.2.3-22";
        /// A token in which the invoker cannot read is not sent.
        WithholdTokenItCannotRead: "33122-C.5-03";
        /// A token is used for ever.
        UseExpiredToken: "23222-8.11.1-01" "33122-C.5-04" "33122-C.6-05";
        /// A token is used until the exp that stands in it, whatever its `expires_in` was.
        GoByExpOfTheToken: "33122-C.6-04";
        /// A token that has run out is renewed with the grant type `refresh_token`.
        RenewTokenByRefreshGrant: "33122-C.6-06";

        // Revocation is told: TS 23.222 8.23.4, TS 29.222 8.5.3.2
        /// A notification of revocation is answered with an error.
        NotAcknowledge: "23222-8.23.4-07";

        // The authorization of the resource owner: TS 23.222 8.31
        /// The token request does not name the owner whose resource is to be invoked.
        AskWithoutTheOwner: "23222-8.31.3-02";
        /// The token request names another owner than the one whose resource is to be invoked.
        AskForAnotherOwner: "23222-8.31.3-02";
        /// A token that one owner authorized is used for the resource of another.
        UseTokenOfAnotherOwner: "23222-8.31.3-05";
        /// The invoker goes on with the token of another owner where the owner refused.
        InvokeAfterTheOwnerRefused: "23222-8.31.3-05";

        // Step 6 of TS 33.122 6.5.2.3: the token for what is invoked
        /// A token for one service API is used for every other.
        UseTokenForAnotherApi: "33122-6.5.2.3-22";
    }

    ExposingFunction {
        /// The exposing function negotiates in the place of the invoker.
        NegotiateForTheInvoker: "29222-5.6.2.1-03";
        /// The exposing function asks for the token of the invoker.
        RequestTokenForTheInvoker: "29222-5.6.2.1-03";
        /// The exposing function asks for neither information when it wants some.
        AskForNoInformation: "29222-5.6.2.4.2-01";
        /// The exposing function asks for both informations when it wants one.
        AskForBothAlways: "29222-5.6.2.4.2-01";
        /// All APIs are revoked where some were meant.
        RevokeAllWhereSomeWereMeant: "29222-5.6.2.5.2-05" "23222-8.23.3-02";
        /// A revocation of some APIs lists every API of the exposing function.
        ListEveryApiInRevocation: "29222-5.6.2.5.2-05" "23222-8.23.3-02";
        /// The DELETE that revokes all APIs has a body.
        DeleteWithBody: "29222-5.6.2.5.2-05";
        /// An initiation of authentication is answered without asking the core function.
        SkipSecurityInformationFetch: "33122-6.5.2.3-18" "29222-6.2.2.2.2-02";
        /// An initiation of authentication succeeds for an invoker that the core function does not know.
        AcceptInvokerUnknownToTheCore: "33122-6.5.2.3-21" "29222-6.2.2.2.2-03";

        // A service API is invoked: TS 23.222 8.11.1 and 8.16, TR 23.722 AR-6.3.2
        /// An invocation without certificate and without token is served.
        ServeWithoutCredentials: "23222-8.16.3-09" "23722-AR-6.3.2-b" "33122-6.5.2.3-05";
        /// An invoker of method 3 is served on its certificate, without a token.
        ServeWithoutToken: "33122-6.5.2.3-05" "33122-6.5.2.3-23";
        /// One permission serves one invocation.
        ServeOnlyOnce: "23222-8.11.1-04" "23222-8.23.3-08";
        /// The caller is checked at its first invocation of a service API and never again.
        CheckFirstInvocationOnly: "23722-AR-6.3.2-e" "23222-8.16.3-03";
        /// An invocation is refused while another one is under way.
        RefuseParallelInvocations: "23222-8.16.3-08";
        /// The service logic runs before the caller is checked.
        ExecuteBeforeChecking: "23222-8.16.3-05" "23222-8.16.3-03" "33122-6.5.2.3-26";
        /// The service logic runs twice for one invocation.
        ExecuteTwice: "23222-8.16.3-05" "33122-6.5.2.3-26";
        /// An invocation is answered without the service logic.
        AnswerWithoutExecuting: "23222-8.16.3-05" "33122-6.5.2.3-26" "23222-8.16.3-06";
        /// An invocation is answered with the result of the one before.
        AnswerWithLastResult: "23222-8.16.3-06";
        /// What an invoker of method 2 may do is decided without asking the core function.
        DecideWithoutAuthorizationInformation: "23222-8.16.3-04";
        /// What the core function tells of an authorization is not looked at.
        IgnoreAuthorizationInformation: "23222-8.16.3-04";
        /// What the core function tells of an authorization at another exposing function opens this one.
        TakeInformationForAnotherFunction: "23222-8.16.3-04";
        /// Of invocations under way at once every one is answered with the result of the first.
        AnswerParallelInvocationsAlike: "23222-8.16.3-08";

        // The TLS session of CAPIF-2e: TS 33.122 6.5.2.3 step 5
        /// An invoker is served without a certificate where certificates are mutual.
        ServeWithoutClientCertificate: "33122-6.5.2.3-31";
        /// An invoker is refused without a certificate where the exposing function's alone is enough.
        NeedCertificateAlways: "33122-6.5.2.3-31";
        /// An invoker is served with the token of another one.
        AcceptTokenOfAnotherInvoker: "33122-6.5.2.3-27";
        /// Tokens are taken over plain HTTP.
        ServeOverPlainHttp: "33122-C.1-07";

        // The access token is validated: TS 33.122 6.5.2.3 step 7, C.1, C.2.2, C.5 and C.6
        /// Any text that is no JWT passes for a token.
        AcceptAnyText: "33122-6.5.2.3-23";
        /// The signature of a token is not checked.
        SkipSignatureCheck: "33122-6.5.2.3-24" "33122-6.5.2.3-23";
        /// The signature of a token is checked for reading only.
        SkipSignatureCheckToWrite: "33122-6.5.2.3-24";
        /// A token with alg none is accepted.
        AcceptAlgNone: "33122-6.5.2.3-24";
        /// A token whose alg is none in other letters, such as `None`, is accepted.
        AcceptAlgNoneInOtherCase: "33122-6.5.2.3-24";
        /// A token without its signature is accepted.
        AcceptMissingSignature: "33122-6.5.2.3-24" "33122-C.1-05";
        /// A token of two parts is accepted.
        AcceptTokenOfTwoParts: "33122-C.1-05";
        /// A token is verified with the key that it brings along.
        AcceptKeyInToken: "33122-6.5.2.3-24" "33122-C.1-05";
        /// A token is verified with a key from the address that it names.
        AcceptKeyElsewhere: "33122-6.5.2.3-24" "33122-C.1-05";
        /// A token is verified with the public key taken for a secret.
        AcceptPublicKeyAsSecret: "33122-6.5.2.3-24";
        /// A critical header that is not understood is ignored.
        IgnoreCriticalHeader: "33122-C.1-05";
        /// A token in padded base64 is accepted.
        AcceptPaddedToken: "33122-C.1-05";
        /// A token that has a claim twice is accepted.
        AcceptDuplicateClaim: "33122-C.1-05";
        /// A token that has its scope twice is accepted for the first one.
        AcceptDuplicateScope: "33122-C.1-05";
        /// A token whose exp is a string is accepted.
        AcceptExpAsText: "33122-C.1-05";
        /// A token that has run out is accepted.
        AcceptExpiredToken: "33122-C.6-02" "33122-C.6-03" "33122-6.5.2.3-23";
        /// A token that has run out is accepted to delete.
        AcceptExpiredTokenToDelete: "33122-C.6-03";
        /// A token is accepted minutes after it has run out.
        AllowGenerousLeeway: "33122-C.2.2-11";
        /// A token is accepted minutes after it has run out, unless to read.
        AllowGenerousLeewayToWrite: "33122-C.2.2-11";
        /// A token without exp is accepted.
        AcceptTokenWithoutExp: "33122-C.2.2-10";
        /// A token without scope is accepted for everything.
        AcceptTokenWithoutScope: "33122-C.2.2-10";
        /// A token that names no invoker is accepted.
        AcceptTokenWithoutInvoker: "33122-C.2.2-10";
        /// A token for one service API is accepted for another one.
        IgnoreApiInScope: "33122-6.5.2.3-25" "33122-C.2.1-02" "23222-8.16.3-03";
        /// The scope of a token is looked at for reading only.
        IgnoreScopeToWrite: "33122-6.5.2.3-25" "33122-C.2.1-02";
        /// A token for another exposing function is accepted.
        IgnoreAefInScope: "33122-C.2.2-08";
        /// A token is taken from the query.
        AcceptTokenInQuery: "33122-C.5-02";
        /// A token is taken from a form.
        AcceptTokenInForm: "33122-C.5-02";
        /// A token is taken from the Authorization header whatever the scheme there.
        AcceptTokenUnderAnyScheme: "33122-C.5-02";
        /// A token is taken from a header of its own.
        AcceptTokenInOtherHeader: "33122-C.5-02";
        /// A token is taken from a cookie.
        AcceptTokenInCookie: "33122-C.5-02";
        /// A token is refused without saying that it is the token.
        RefuseTokenWithoutReason: "33122-C.5-05";

        // Revocation: TS 23.222 8.23.3 and 8.23.4, TS 29.222 5.6.2.5 and 6.2.2.3
        /// The exposing function says that it revoked and sends nothing.
        OmitRevocationRequest: "23222-8.23.3-01" "23222-8.23.3-02";
        /// The revocation names another invoker.
        RevocationNamesAnotherInvoker: "23222-8.23.3-02" "23222-8.23.2-01";
        /// The revocation gives no cause.
        RevocationWithoutCause: "23222-8.23.2-01";
        /// The exposing function serves on after a revocation of its own.
        KeepServingAfterOwnRevocation: "23222-8.23.3-05" "33122-C.6-07";
        /// A revocation of some APIs ends them all at the exposing function.
        InvalidateEveryApi: "23222-8.23.3-05" "33122-C.6-07";
        /// The exposing function ends an authorization before the core function has answered.
        InvalidateBeforeTheAnswer: "23222-8.23.3-10";
        /// The exposing function serves on after it was told of a revocation.
        KeepServingAfterTold: "23222-8.23.4-03" "29222-6.2.2.3.2-02" "23222-8.23.4-04";
        /// A revocation that was told for some APIs ends them all.
        RevokeEveryApiWhenTold: "23222-8.23.4-03" "29222-6.2.2.3.2-02" "33122-C.6-07";
        /// A revocation that was told for one invoker ends that of every other.
        RevokeEveryInvokerWhenTold: "23222-8.23.4-03";
        /// A revocation is carried out whoever tells it.
        TakeRevocationFromAnybody: "23222-8.23.4-08";
        /// Of several service APIs that are revoked only the first one is ended.
        EndFirstApiOnly: "23222-8.23.4-03" "29222-6.2.2.3.2-02";
        /// A told revocation that breaks the data model is carried out.
        ActOnBrokenRevocation: "29222-9.1.2A.3.2-01";
        /// A told revocation is answered without the mandatory attribute.
        AnswerToldRevocationWithNothing: "23222-8.23.4-04" "29222-9.1.2A.3.2-01";

        // The authorization of the resource owner: TS 23.222 8.31
        /// An API that needs the owner's authorization is served without it.
        ServeWithoutOwnerAuthorization: "23222-8.31.3-07" "23222-8.31.3-06";
        /// The authorization of one owner opens the resources of another.
        IgnoreWhoseResource: "23222-8.31.3-06";
        /// The authorization of an owner opens the resources of owners whose identifiers begin alike.
        CompareBeginningsOfOwners: "23222-8.31.3-06";

        // Revocation of the exposing function's own accord: TS 23.222 8.23.3 step 5
        /// A revocation of its own for one invoker ends the authorization of every other.
        InvalidateEveryInvoker: "23222-8.23.3-05";

        // Tokens and revocations that only look as if they were dealt with: TS 33.122 6.5.2.3 step 7, C.2.2 and C.6
        /// A token is accepted after it has run out where it was accepted before.
        AcceptExpiredTokenSeenBefore: "33122-C.6-03";
        /// The scope of a token is looked at when it comes for the first time only.
        CompareScopeOfNewTokensOnly: "33122-6.5.2.3-25" "33122-C.2.1-02";
        /// A token for a service API whose name begins alike is accepted.
        CompareBeginningsOfApiNames: "33122-6.5.2.3-25" "33122-C.2.1-02";
        /// Names of service APIs in the scope of a token are compared without regard to case.
        FoldCaseOfApiNames: "33122-6.5.2.3-25" "33122-C.2.1-02";
        /// A token that names this exposing function here and the service API there is accepted.
        MixEntriesOfScope: "33122-C.2.2-08";
        /// A revocation ends the tokens that were used before it and no other.
        RevokeTokensSeenOnly: "33122-C.6-07" "23222-8.23.3-05";
        /// A revocation is forgotten as soon as another invoker is served.
        ForgetRevocationOnceOthersAreServed: "23222-8.23.3-05" "23222-8.23.4-03" "33122-C.6-07";
        /// The exposing function serves on after it revoked all service APIs of an invoker.
        KeepServingAfterRevokingAll: "23222-8.23.3-05";
        /// The service logic is called to read, whatever the invoker asked for.
        ExecuteEverythingAsReading: "23222-8.16.3-05";
    }

    ResourceOwnerFunction {
        // The authorization of the resource owner: TS 23.222 8.31
        /// The resource owner function hangs up on every query.
        AnswerNothing: "23222-8.31.3-01";
        /// The resource owner function grants what the owner refuses.
        GrantWhatTheOwnerRefuses: "23222-8.31.3-09";
        /// The resource owner function refuses what the owner grants.
        RefuseWhatTheOwnerGrants: "23222-8.31.3-09";
        /// The resource owner function grants what the owner refused when it is asked once more.
        GrantWhenAskedAgain: "23222-8.31.3-09";
        /// The first word of an owner stands, whatever the owner says later.
        KeepFirstWordOfTheOwner: "23222-8.31.3-09";
        /// The first word of an owner answers every query, whatever invoker and service API it is about.
        AnswerEveryQueryAlike: "23222-8.31.3-10";
        /// The answer is about another invoker than the query.
        AnswerAboutAnotherInvoker: "23222-8.31.3-10";
        /// The answer grants service APIs that the query did not ask for.
        GrantMoreServices: "23222-8.31.3-10";
        /// The resource owner function grants what the owner has not decided.
        DecideForTheOwner: "23222-8.31.3-11";
        /// The word of one owner answers the query for another.
        TakeDecisionOfAnotherOwner: "23222-8.31.3-12";
        /// The answer names another owner than the query.
        AnswerForAnotherOwner: "23222-8.31.3-12";
        /// A query for an owner whom nobody knows is granted.
        GrantForUnknownOwner: "23222-8.31.3-12";
        /// Of several service APIs in one query all are granted where the owner grants one of them.
        GrantAllWhereSomeAreGranted: "23222-8.31.3-10";
    }
    ManagementFunction {
        // Register_API_Provider, TS 29.222 5.11.2.2
        /// The registration leaves the exposing function of the domain out.
        RegisterWithoutTheExposingFunction: "23222-8.28.3-01";
        /// The registration gives its functions identities.
        AssignIdentitiesWhenRegistering: "29222-5.11.2.2.2-01" "29222-8.9.4.2-01";
        /// The registration has no public key of any function.
        RegisterWithoutPublicKeys: "29222-5.11.2.2.2-01" "29222-8.9.4.2-01" "23222-8.28.2-01";
        /// The registration has an empty secret.
        RegisterWithEmptySecret: "33122-unassigned-03";
    }
    PublishingFunction {
        // Publish_Service_API, TS 29.222 5.3.2.2
        /// A service API is published under the identity of the exposing function.
        PublishUnderAnotherFunction: "23222-8.3.3-01" "29222-5.3.2.2.2-01";
        /// A service API is published as plain text.
        PublishAsText: "29222-5.3.2.2.2-01";
        /// The security methods of a published interface are an object.
        PublishUnknownSecurityMethod: "23222-8.3.2-01";
        /// A service API is published with an apiId.
        PublishWithApiId: "29222-8.2.4.2.2-02";
        /// A service API is published without an exposing function.
        PublishWithoutProfiles: "29222-8.2.4.2.2-03";
        /// A published interface has two addresses.
        PublishTwoAddresses: "29222-8.2.4.2.3-01";
        /// A service API is published without a version.
        PublishWithoutVersions: "29222-8.2.4.2.4-01";
        /// A service API is published with a domain name and with interfaces.
        PublishDomainNameAndInterfaces: "29222-8.2.4.2.4-02";
    }
}
